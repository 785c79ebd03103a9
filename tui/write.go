package tui

import "tcpclose/tui/model"

// writeMarked writes the marked conversations to a file, after asking where there is one of that name.
func writeMarked(a *App, path string) {
	m := a.model
	if err := m.CanWrite(path); err != nil {
		m.Say(model.Bad, "%v", err)
		return
	}
	if m.Exists(path) {
		a.ask(path+" exists. Replace it?", func() { m.Write(path) })
		return
	}
	m.Write(path)
}
