package filter

import (
	"strconv"
	"strings"
)

// services names the ports that people know by name, in order of the port; the first name of a port is its usual one.
var services = [...]struct {
	name string
	port int64
}{
	{"ftp-data", 20},
	{"ftp", 21},
	{"ssh", 22},
	{"telnet", 23},
	{"smtp", 25},
	{"whois", 43},
	{"domain", 53},
	{"dns", 53},
	{"http", 80},
	{"www", 80},
	{"kerberos", 88},
	{"pop3", 110},
	{"sunrpc", 111},
	{"imap", 143},
	{"bgp", 179},
	{"ldap", 389},
	{"https", 443},
	{"smb", 445},
	{"microsoft-ds", 445},
	{"smtps", 465},
	{"rtsp", 554},
	{"submission", 587},
	{"ldaps", 636},
	{"domain-s", 853},
	{"dot", 853},
	{"rsync", 873},
	{"ftps", 990},
	{"imaps", 993},
	{"pop3s", 995},
	{"socks", 1080},
	{"mssql", 1433},
	{"ms-sql-s", 1433},
	{"oracle", 1521},
	{"mqtt", 1883},
	{"nfs", 2049},
	{"zookeeper", 2181},
	{"docker", 2375},
	{"etcd", 2379},
	{"squid", 3128},
	{"mysql", 3306},
	{"rdp", 3389},
	{"sip", 5060},
	{"postgres", 5432},
	{"postgresql", 5432},
	{"amqp", 5672},
	{"vnc", 5900},
	{"couchdb", 5984},
	{"x11", 6000},
	{"redis", 6379},
	{"kubernetes", 6443},
	{"irc", 6667},
	{"http-alt", 8080},
	{"https-alt", 8443},
	{"mqtts", 8883},
	{"cassandra", 9042},
	{"prometheus", 9090},
	{"kafka", 9092},
	{"elasticsearch", 9200},
	{"memcached", 11211},
	{"mongodb", 27017},
}

func servicePort(name string) (int64, bool) {
	for _, s := range services {
		if s.name == name {
			return s.port, true
		}
	}
	return 0, false
}

var portNumbers = ranged("a port", 0, lastPort, "a port: 443, https, 8000-8080")

// portKind reads a port's number or service name, or a range of numbers.
var portKind = &valueKind{
	what: "a port",
	parse: func(text string, isQuoted bool) (value, *complaint) {
		if port, ok := servicePort(fold(text)); ok {
			return number(port), nil
		}
		v, bad := portNumbers.parse(text, isQuoted)
		if bad == nil || text == "" || strings.Trim(text, "0123456789-") == "" || bad.suggestion != "" {
			return v, bad
		}
		if isAddress(text) {
			return v, complain("host "+text, "%s is an address, not a port", quoted(text))
		}
		names := make([]string, len(services))
		for i, s := range services {
			names[i] = s.name
		}
		return v, complain(nearest(text, names), "%s is neither a port number nor a service that tcpclose knows", quoted(text))
	},
	format: formatRange,
	offers: func() []offer {
		list := []offer{{"", "a port: 443, https, 8000-8080"}}
		for _, s := range services {
			list = append(list, offer{s.name, "port " + strconv.FormatInt(s.port, 10)})
		}
		return list
	},
}
