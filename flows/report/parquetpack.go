package report

import (
	"encoding/binary"
	"errors"
	"reflect"
	"time"

	"tcpclose/flows"
)

// PackParquet appends a conversation's row in few octets, for WriteParquet to unpack: rows wait for their order, and are large.
func PackParquet(b []byte, t *flows.Teardown) []byte {
	row := ParquetRowOf(t)
	return packValue(b, reflect.ValueOf(&row).Elem())
}

// unpackParquet reads a row that PackParquet appended to nothing.
func unpackParquet(b []byte, row *ParquetRow) error {
	u := unpacker{rest: b}
	u.value(reflect.ValueOf(row).Elem())
	if len(u.rest) > 0 || u.short {
		return errors.New("parquet: a row that was kept is damaged")
	}
	return nil
}

var instantType = reflect.TypeFor[time.Time]()

// packValue appends a value of one of the kinds that rows are made of.
func packValue(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(b, v.Uint())
	case reflect.Int64:
		return binary.AppendVarint(b, v.Int())
	case reflect.String:
		return append(binary.AppendUvarint(b, uint64(v.Len())), v.String()...)
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0)
		}
		return packValue(append(b, 1), v.Elem())
	case reflect.Slice:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		for i := range v.Len() {
			b = packValue(b, v.Index(i))
		}
		return b
	case reflect.Struct:
		if v.Type() == instantType {
			return binary.AppendVarint(b, v.Interface().(time.Time).UnixNano()) //nolint:forcetypeassert // its type says so
		}
		for _, field := range v.Fields() {
			b = packValue(b, field)
		}
		return b
	default:
		panic("report: no row holds a " + v.Kind().String())
	}
}

// An unpacker reads what packValue appended.
type unpacker struct {
	rest  []byte
	short bool // there was less than was to be read
}

func (u *unpacker) uint() uint64 {
	n, size := binary.Uvarint(u.rest)
	u.skip(size)
	return n
}

func (u *unpacker) int() int64 {
	n, size := binary.Varint(u.rest)
	u.skip(size)
	return n
}

// skip goes on behind so many octets; 0 or less: they were not there.
func (u *unpacker) skip(n int) {
	if n <= 0 || n > len(u.rest) {
		u.short, u.rest = true, nil
		return
	}
	u.rest = u.rest[n:]
}

// flag reads an octet that is 0 or 1.
func (u *unpacker) flag() bool { return u.uint() == 1 }

// length reads how many elements follow, each of at least one octet.
func (u *unpacker) length() int {
	n := u.uint()
	if n > uint64(len(u.rest)) {
		u.short, u.rest = true, nil
		return 0
	}
	return int(n)
}

// value sets v to the next value.
func (u *unpacker) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(u.flag())
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(u.uint())
	case reflect.Int64:
		v.SetInt(u.int())
	case reflect.String:
		if n := u.length(); n > 0 {
			v.SetString(string(u.rest[:n]))
			u.rest = u.rest[n:]
		}
	case reflect.Pointer:
		if u.flag() {
			v.Set(reflect.New(v.Type().Elem()))
			u.value(v.Elem())
		}
	case reflect.Slice:
		if n := u.length(); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				u.value(v.Index(i))
			}
		}
	case reflect.Struct:
		if v.Type() == instantType {
			v.Set(reflect.ValueOf(time.Unix(0, u.int()).UTC()))
			return
		}
		for _, field := range v.Fields() {
			u.value(field)
		}
	default:
		panic("report: no row holds a " + v.Kind().String())
	}
}
