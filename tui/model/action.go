package model

import (
	"tcpclose/flows"
)

// Action names something that a user can do. The names are stable: key maps and help refer to them.
type Action string

// The actions.
const (
	ActionUp          Action = "up"
	ActionDown        Action = "down"
	ActionPageUp      Action = "page-up"
	ActionPageDown    Action = "page-down"
	ActionTop         Action = "top"
	ActionBottom      Action = "bottom"
	ActionEnter       Action = "enter"
	ActionBack        Action = "back"
	ActionNextPane    Action = "next-pane"
	ActionPrevPane    Action = "prev-pane"
	ActionFlows       Action = "flows"
	ActionLadder      Action = "ladder"
	ActionStates      Action = "states"
	ActionNetstat     Action = "netstat"
	ActionServices    Action = "services"
	ActionExplain     Action = "explain"
	ActionFindings    Action = "findings"
	ActionZoom        Action = "zoom"
	ActionUnzoom      Action = "unzoom"
	ActionFilter      Action = "filter"
	ActionNextMatch   Action = "next-match"
	ActionPrevMatch   Action = "prev-match"
	ActionCommand     Action = "command"
	ActionSort        Action = "sort"
	ActionReverse     Action = "reverse"
	ActionColumns     Action = "columns"
	ActionGroup       Action = "group"
	ActionNextFlow    Action = "next-flow"
	ActionPrevFlow    Action = "prev-flow"
	ActionNextProblem Action = "next-problem"
	ActionPrevProblem Action = "prev-problem"
	ActionEarlier     Action = "earlier"
	ActionLater       Action = "later"
	ActionPrevEvent   Action = "prev-event"
	ActionNextEvent   Action = "next-event"
	ActionTimeHere    Action = "time-here"
	ActionTimeEnd     Action = "time-end"
	ActionTimeZoomIn  Action = "time-zoom-in"
	ActionTimeZoomOut Action = "time-zoom-out"
	ActionTimeMode    Action = "time-mode"
	ActionScope       Action = "scope"
	ActionExpand      Action = "expand"
	ActionAbsolute    Action = "absolute"
	ActionMark        Action = "mark"
	ActionMarkAll     Action = "mark-all"
	ActionCopy        Action = "copy"
	ActionCopyAll     Action = "copy-all"
	ActionWrite       Action = "write"
	ActionFollow      Action = "follow"
	ActionGlossary    Action = "glossary"
	ActionHelp        Action = "help"
	ActionMouse       Action = "mouse"
	ActionTheme       Action = "theme"
	ActionRedraw      Action = "redraw"
	ActionSuspend     Action = "suspend"
	ActionStop        Action = "stop"
	ActionQuit        Action = "quit"
)

// actions holds what each action does. Keys and help texts are the screen's, in its table.
var actions map[Action]func(m *Model)

func init() {
	actions = map[Action]func(m *Model){
		ActionUp:          func(m *Model) { m.move(-1) },
		ActionDown:        func(m *Model) { m.move(1) },
		ActionPageUp:      func(m *Model) { m.move(-m.page()) },
		ActionPageDown:    func(m *Model) { m.move(m.page()) },
		ActionTop:         func(m *Model) { m.move(-1 << 40) },
		ActionBottom:      func(m *Model) { m.move(1 << 40) },
		ActionEnter:       (*Model).enter,
		ActionBack:        (*Model).back,
		ActionNextPane:    func(m *Model) { m.focus((m.Focus + 1) % NumPanes) },
		ActionPrevPane:    func(m *Model) { m.focus((m.Focus + NumPanes - 1) % NumPanes) },
		ActionFlows:       func(m *Model) { m.focus(PaneFlows) },
		ActionLadder:      func(m *Model) { m.focus(PaneLadder) },
		ActionStates:      func(m *Model) { m.focus(PaneStates) },
		ActionNetstat:     func(m *Model) { m.focus(PaneNetstat) },
		ActionServices:    func(m *Model) { m.focus(PaneServices) },
		ActionExplain:     func(m *Model) { m.focus(PaneExplain) },
		ActionFindings:    func(m *Model) { m.focus(PaneFindings) },
		ActionZoom:        func(m *Model) { m.Zoom = true },
		ActionUnzoom:      func(m *Model) { m.Zoom = false },
		ActionFilter:      func(m *Model) { m.effect(EffectEditFilter, m.Filter.Text) },
		ActionCommand:     func(m *Model) { m.effect(EffectEditCommand, "") },
		ActionNextMatch:   func(m *Model) { m.search(1) },
		ActionPrevMatch:   func(m *Model) { m.search(-1) },
		ActionSort:        (*Model).nextSort,
		ActionReverse:     func(m *Model) { m.sortBy(m.List.Query.Sort, !m.List.Query.Descending) },
		ActionColumns:     func(m *Model) { m.effect(EffectColumns, "") },
		ActionGroup:       func(m *Model) { m.groupBy((m.GroupBy + 1) % numGroupings) },
		ActionNextFlow:    func(m *Model) { m.moveTo(m.List.Cursor + 1) },
		ActionPrevFlow:    func(m *Model) { m.moveTo(m.List.Cursor - 1) },
		ActionNextProblem: func(m *Model) { m.nextProblem(1) },
		ActionPrevProblem: func(m *Model) { m.nextProblem(-1) },
		ActionEarlier:     func(m *Model) { m.scrub(-1) },
		ActionLater:       func(m *Model) { m.scrub(1) },
		ActionPrevEvent:   func(m *Model) { m.jumpEvent(-1) },
		ActionNextEvent:   func(m *Model) { m.jumpEvent(1) },
		ActionTimeHere:    (*Model).timeHere,
		ActionTimeEnd:     func(m *Model) { m.setTime(flows.NoTime) },
		ActionTimeZoomIn:  func(m *Model) { m.zoomTime(4) },
		ActionTimeZoomOut: func(m *Model) { m.zoomTime(0.25) },
		ActionTimeMode:    (*Model).nextTimeMode,
		ActionScope:       (*Model).nextScope,
		ActionExpand:      func(m *Model) { m.Ladder.toggle(m) },
		ActionAbsolute:    func(m *Model) { m.Ladder.setAbsolute(m, !m.Ladder.Absolute) },
		ActionMark:        (*Model).mark,
		ActionMarkAll:     (*Model).markAll,
		ActionCopy:        func(m *Model) { m.copy(m.copyLine()) },
		ActionCopyAll:     func(m *Model) { m.copy(m.copyAll()) },
		ActionWrite:       func(m *Model) { m.effect(EffectEditCommand, "write ") },
		ActionFollow:      (*Model).follow,
		ActionGlossary:    func(m *Model) { m.effect(EffectGlossary, "") },
		ActionHelp:        func(m *Model) { m.effect(EffectHelp, "") },
		ActionMouse:       func(m *Model) { m.effect(EffectMouse, "") },
		ActionTheme:       func(m *Model) { m.effect(EffectTheme, "") },
		ActionRedraw:      func(m *Model) { m.effect(EffectRedraw, "") },
		ActionSuspend:     func(m *Model) { m.effect(EffectSuspend, "") },
		ActionStop:        (*Model).stop,
		ActionQuit:        (*Model).quit,
	}
}

// Do does an action, and reports whether there is one of that name.
func (m *Model) Do(a Action) bool {
	fn := actions[a]
	if fn == nil {
		return false
	}
	m.Message = ""
	fn(m)
	m.lookPanes(false)
	m.lookWindow()
	return true
}

// Actions returns whether an action exists; the screen's key table is checked against it.
func Known(a Action) bool { return actions[a] != nil }

// TakeEffects returns what the screen has to do, and forgets it.
func (m *Model) TakeEffects() []Effect {
	e := m.Effects
	m.Effects = nil
	return e
}
