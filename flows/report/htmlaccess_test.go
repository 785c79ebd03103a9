package report

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// A tag is one start tag of a page.
type tag struct {
	name string
	attr map[string]string
	at   int
}

var (
	tagPattern  = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z_:][-a-zA-Z0-9_:.]*(?:=(?:"[^"]*"|'[^']*'|[^\s>"']+))?)*)\s*/?>`)
	attrPattern = regexp.MustCompile(`([a-zA-Z_:][-a-zA-Z0-9_:.]*)(?:=(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?`)
)

// tags returns the start tags of a page, those of style and script left out with what they hold.
func tags(page string) []tag {
	page = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`).ReplaceAllString(page, "<$1></$1>")
	var list []tag
	for _, m := range tagPattern.FindAllStringSubmatchIndex(page, -1) {
		g := tag{name: page[m[2]:m[3]], attr: map[string]string{}, at: m[0]}
		for _, a := range attrPattern.FindAllStringSubmatch(page[m[4]:m[5]], -1) {
			g.attr[a[1]] = html.UnescapeString(a[2] + a[3] + a[4])
		}
		list = append(list, g)
	}
	return list
}

// checkAccessible looks at a page as a screen reader must: language, one h1, headings without gaps, labels that exist,
// ids that are unique, links that lead somewhere, tables with heads, pictures with a title and a description.
func checkAccessible(page string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	list := tags(page)
	ids, level, ones := map[string]int{}, 0, 0
	for _, g := range list {
		if id, ok := g.attr["id"]; ok {
			ids[id]++
		}
		if len(g.name) == 2 && g.name[0] == 'h' && g.name[1] >= '1' && g.name[1] <= '6' {
			now := int(g.name[1] - '0')
			if now == 1 {
				ones++
			}
			if now > level+1 {
				fault("h%d follows h%d", now, level)
			}
			level = now
		}
	}
	if ones != 1 {
		fault("%d headings h1", ones)
	}
	for id, n := range ids {
		if n > 1 {
			fault("id %q is there %d times", id, n)
		}
	}
	for _, g := range list {
		for _, name := range []string{"aria-labelledby", "aria-describedby", "for"} {
			for id := range strings.FieldsSeq(g.attr[name]) {
				if ids[id] == 0 {
					fault("%s of %s names %q, which is not there", name, g.name, id)
				}
			}
		}
		switch g.name {
		case "html":
			if g.attr["lang"] == "" {
				fault("no language")
			}
		case "a":
			if to, ok := strings.CutPrefix(g.attr["href"], "#"); !ok || ids[to] == 0 {
				fault("the link %q leads nowhere", g.attr["href"])
			}
		case "th":
			if g.attr["scope"] == "" {
				fault("a table head without scope")
			}
		case "svg":
			if g.attr["aria-hidden"] != "true" && (g.attr["role"] != "img" || g.attr["aria-labelledby"] == "") {
				fault("a picture without a label")
			}
		case "section", "article", "nav":
			if g.attr["aria-labelledby"]+g.attr["aria-label"] == "" {
				fault("a %s without a label", g.name)
			}
		case "script", "style", "link", "img", "iframe", "object", "base", "form":
			if g.attr["src"]+g.attr["href"]+g.attr["data"] != "" || g.name != "script" && g.name != "style" {
				fault("a %s that loads something", g.name)
			}
		}
		for name := range g.attr {
			if strings.HasPrefix(name, "on") || name == "style" {
				fault("%s has the attribute %s, which the policy forbids", g.name, name)
			}
		}
		if g.attr["role"] == "region" && (g.attr["tabindex"] != "0" || g.attr["aria-label"] == "") {
			fault("a region that scrolls and cannot be reached by keyboard")
		}
	}
	for _, m := range regexp.MustCompile(`(?s)<table.*?</table>`).FindAllString(page, -1) {
		if !strings.Contains(m, "<caption>") || !strings.Contains(m, `<th scope="col"`) {
			fault("a table without caption or heads: %.60s", m)
		}
	}
	if n := len(regexp.MustCompile(`<th[^>]*></th>`).FindAllString(page, -1)); n > 0 {
		fault("%d table heads that say nothing", n)
	}
	if n := strings.Count(page, `role="img"`); strings.Count(page, "<title id=") != n || strings.Count(page, "<desc id=") != n {
		fault("%d pictures, but not as many titles and descriptions", n)
	}
	return faults
}
