package decode

// readUDP looks for a tunnel in a UDP datagram.
func (d *Decoder) readUDP() header {
	return d.fail(LayerTransport, ReasonUDP, 0, 0)
}
