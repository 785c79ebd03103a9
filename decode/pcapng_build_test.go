package decode

import (
	"bytes"
	"encoding/binary"
)

// A pcapngBuilder builds a pcapng file block by block.
type pcapngBuilder struct {
	b     []byte
	order byteOrder
}

// buildPcapng begins with a section in the given byte order.
func buildPcapng(order byteOrder) *pcapngBuilder {
	return (&pcapngBuilder{order: order}).section(order, 0, nil)
}

func (f *pcapngBuilder) u32(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = f.order.AppendUint32(b, v)
	}
	return b
}

// block appends a block around its body, which is padded.
func (f *pcapngBuilder) block(typ uint32, body ...[]byte) *pcapngBuilder {
	all := bytes.Join(body, nil)
	all = append(all, make([]byte, -len(all)&3)...)
	total := uint32(12 + len(all))
	f.b = append(f.b, f.u32(typ, total)...)
	f.b = append(f.b, all...)
	f.b = append(f.b, f.u32(total)...)
	return f
}

func (f *pcapngBuilder) section(order byteOrder, minor uint16, options []byte) *pcapngBuilder {
	f.order = order
	version := order.AppendUint16(order.AppendUint16(nil, 1), minor)
	return f.block(blockSection, f.u32(byteOrderMagic), version, f.u32(0xffffffff, 0xffffffff), options)
}

func (f *pcapngBuilder) iface(link uint16, snap uint32, options ...[]byte) *pcapngBuilder {
	return f.block(blockInterface, f.order.AppendUint16(nil, link), []byte{0, 0}, f.u32(snap), f.options(options...))
}

// options joins options and ends them, if there are any.
func (f *pcapngBuilder) options(list ...[]byte) []byte {
	if len(list) == 0 {
		return nil
	}
	return append(bytes.Join(list, nil), 0, 0, 0, 0)
}

func (f *pcapngBuilder) option(code uint16, value ...byte) []byte {
	b := f.order.AppendUint16(nil, code)
	b = f.order.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(value)&3)...)
}

func (f *pcapngBuilder) option64(code uint16, value uint64) []byte {
	return f.option(code, f.order.AppendUint64(nil, value)...)
}

// packet appends an enhanced packet block whose data is its number, repeated.
func (f *pcapngBuilder) packet(number byte, iface uint32, stamp uint64, size int, options ...[]byte) *pcapngBuilder {
	data := bytes.Repeat([]byte{number}, size)
	data = append(data, make([]byte, -size&3)...)
	return f.block(blockEnhancedPacket, f.u32(iface, uint32(stamp>>32), uint32(stamp), uint32(size), uint32(size)), data, f.options(options...))
}

func (f *pcapngBuilder) raw(b ...byte) *pcapngBuilder {
	f.b = append(f.b, b...)
	return f
}

// usualPcapng has one Ethernet interface with microseconds.
func usualPcapng() *pcapngBuilder { return buildPcapng(binary.LittleEndian).iface(1, 262144) }

// stampOf is the time of packet number n as manyBlocks writes it, in microseconds.
func stampOf(n int) uint64 { return 1_700_000_000_000_000 + uint64(n) }

// manyBlocks appends n packets that are numbered from first on.
func manyBlocks(f *pcapngBuilder, first, n int) *pcapngBuilder {
	for i := first; i < first+n; i++ {
		f.packet(byte(i), 0, stampOf(i), 60+i)
	}
	return f
}
