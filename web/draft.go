package web

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
)

// draft is an answer on its way to the screen: pieces that a model has written and a check has passed, at once; what
// the program writes itself, when it is there. Only the stored message counts.
type draft struct {
	server *Server
	turn   conversation.BotTurn

	mu   sync.Mutex
	said strings.Builder
}

// say shows a piece of the answer as it will stand there.
func (d *draft) say(piece string) {
	piece = emphasis.ReplaceAllString(piece, "")
	d.mu.Lock()
	defer d.mu.Unlock()
	at := utf8.RuneCountInString(d.said.String())
	d.said.WriteString(piece)
	d.server.hub.whisper(d.turn.Conversation, outbound{T: "bot.delta", D: deltaData{UserSeq: d.turn.UserSeq, At: at, Text: piece}})
}

// tell shows one listener what was said so far.
func (d *draft) tell(to listener) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.said.Len() == 0 {
		return
	}
	frame := outbound{T: "bot.delta", Conv: d.turn.Conversation.String(), D: deltaData{UserSeq: d.turn.UserSeq, Text: d.said.String()}}
	to.whisper(whisper{kind: frame.T, data: encode(frame)})
}

// tellDraft shows a listener who has just come what was said of the answer that is on its way: nothing else would, and
// a first sentence is often faster than the page that has just asked.
func (s *Server) tellDraft(conv uuid.UUID, to listener) {
	if d := s.turns.running(conv); d != nil {
		d.tell(to)
	}
}

// rest shows what follows what was said. Where the answer has become another, the message takes the draft's place; a
// script comes whole: there is nothing to wait for.
func (d *draft) rest(result assistant.Turn) {
	text, same := strings.CutPrefix(plain(result.Answer), d.said.String())
	if result.Danger.Only || !same {
		return
	}
	for _, sentence := range cut(text) {
		d.say(sentence)
	}
}

// drop takes back what was said of an answer that will be looked for anew.
func (d *draft) drop() {
	if d.said.Len() > 0 {
		d.server.dropDraft(d.turn)
	}
}

// The time of a turn is the store's: so long after its message a turn is given up. What a model writes ends before, so
// that what has come is stored in time.
const (
	givenUpAfter = 30 * time.Second
	endsBefore   = 6 * time.Second
)

// hear tells a turn who listens, and returns what ends its listening.
func (s *Server) hear(turn conversation.BotTurn, conv *assistant.Conversation) (*draft, func()) {
	d := &draft{server: s, turn: turn}
	stop, end := s.turns.begin(d)
	late := time.AfterFunc(time.Until(conv.Now.Add(givenUpAfter-endsBefore)), func() { s.turns.halt(turn.Conversation) })
	conv.Owner, conv.Say, conv.Stop = turn.Conversation.String(), d.say, stop
	return d, func() { late.Stop(); end() }
}
