package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

// protocolVersion is the only v that hello may agree on; subprotocol names it in the handshake.
const (
	protocolVersion = 1
	subprotocol     = "xiaohe.v1"
)

// inbound is a frame from a client: one JSON object. The conversation may stand in the envelope or in d.
type inbound struct {
	V    int             `json:"v"`
	T    string          `json:"t"`
	Conv string          `json:"conv"`
	D    json.RawMessage `json:"d"`
}

// The d of each frame that a client may send.
type (
	helloData struct {
		Ticket string       `json:"ticket"`
		V      []int        `json:"v"`
		Tab    string       `json:"tab"`
		Resume []resumeData `json:"resume"`
	}
	resumeData struct {
		Conv     string `json:"conv"`
		AfterSeq int64  `json:"after_seq"`
	}
	sendData struct {
		ClientMsgID string `json:"client_msg_id"`
		Kind        string `json:"kind"`
		Body        string `json:"body"`
	}
	ackData struct {
		Conv string `json:"conv"`
		Upto int64  `json:"upto"`
		Read bool   `json:"read"`
	}
	pingData struct {
		N int64 `json:"n"`
	}
	subData struct {
		resumeData
		Topic string `json:"topic"`
	}
	typingData struct {
		Conv string `json:"conv"`
		On   bool   `json:"on"`
	}
	presenceData struct {
		Status    string `json:"status"`
		Viewing   string `json:"viewing"`
		Composing bool   `json:"composing"`
	}
)

var errMalformed = errors.New("malformed frame")

// decodeFrame reads one frame. Everything that is not exactly one JSON object with a t is malformed.
func decodeFrame(data []byte) (inbound, error) {
	var in inbound
	if !utf8.Valid(data) || decodeOne(json.NewDecoder(bytes.NewReader(data)), &in) != nil || in.T == "" || len(in.T) > 32 {
		return inbound{}, errMalformed
	}
	return in, nil
}

// decodeData reads the d of a frame. A frame without d counts as one with an empty d.
func decodeData[T any](in inbound) (d T, err error) {
	if len(in.D) == 0 {
		return d, nil
	}
	if in.D[0] != '{' || decodeOne(json.NewDecoder(bytes.NewReader(in.D)), &d) != nil {
		return d, errMalformed
	}
	return d, nil
}

// decodeOne reads one value, after which nothing may come.
func decodeOne(decoder *json.Decoder, into any) error {
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errMalformed
	}
	return nil
}

// clientMsgID is what a client may name a message.
var clientMsgID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// outbound is a frame to a client.
type outbound struct {
	V    int    `json:"v"`
	T    string `json:"t"`
	Conv string `json:"conv,omitempty"`
	Seq  int64  `json:"seq,omitempty"`
	ID   string `json:"id,omitempty"`
	TS   string `json:"ts,omitempty"`
	D    any    `json:"d"`
}

// The d of the frames that the server sends.
type (
	welcomeData struct {
		Conn   string           `json:"conn"`
		Limits limitsData       `json:"limits"`
		Heads  map[string]int64 `json:"heads"`
	}
	limitsData struct {
		Frame int `json:"frame"` // bytes
		Text  int `json:"text"`  // characters
	}
	pongData struct {
		N     int64            `json:"n"`
		Heads map[string]int64 `json:"heads"`
	}
	headData struct {
		Conv    string `json:"conv"`
		HeadSeq int64  `json:"head_seq"`
	}
	receiptData struct {
		ClientMsgID string `json:"client_msg_id"`
		Seq         int64  `json:"seq"`
		ID          string `json:"id"`
		CreatedAt   string `json:"created_at"`
	}
	nackData struct {
		ClientMsgID string `json:"client_msg_id"`
		problem
	}
	errorData struct {
		problem
		Fatal bool `json:"fatal"`
	}
	drainData struct {
		RetryAfterMS int64 `json:"retry_after_ms"`
	}
	senderData struct {
		Kind string `json:"kind"`
	}
	messageData struct {
		Sender      senderData      `json:"sender"`
		ClientMsgID string          `json:"client_msg_id,omitempty"`
		Kind        string          `json:"kind"`
		Body        string          `json:"body"`
		AI          bool            `json:"ai"`
		Meta        json.RawMessage `json:"meta"`
	}
	deltaData struct {
		UserSeq int64  `json:"user_seq"`
		At      int    `json:"at,omitempty"` // characters of the draft before Text; 0: the draft begins anew
		Text    string `json:"text,omitempty"`
		Dropped bool   `json:"dropped,omitempty"` // the answer no longer counts: take the draft away
	}
	typesData struct {
		Who  string `json:"who"`            // user or worker
		Name string `json:"name,omitempty"` // of a worker
		On   bool   `json:"on"`
	}
	marksData struct {
		Who string `json:"who"` // user or worker
		readData
	}
	// readData is how far somebody has got, in seqs.
	readData struct {
		Delivered int64 `json:"delivered"`
		Read      int64 `json:"read"`
	}
	viewersData struct {
		Viewers []watcherData `json:"viewers"`
	}
	watcherData struct {
		Name      string `json:"name"`
		Composing bool   `json:"composing"`
	}
	queueData struct {
		Rev int64 `json:"rev"` // another one says that the list is to be fetched anew
	}
	alertData struct {
		Ticket   string `json:"ticket"`
		No       string `json:"no"`
		Priority int    `json:"priority"`
		Rung     int    `json:"rung"`
		Calls    string `json:"calls"` // claim, reply or raised
	}
	regionData struct {
		Code string `json:"code"`
		Name string `json:"name"`
	}
)

func encode(f outbound) []byte {
	f.V = protocolVersion
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // every d above is encodable
	}
	return data
}

func messageFrame(m conversation.Message) outbound {
	d := messageData{Sender: senderData{m.SenderKind}, Kind: m.Kind, Body: m.Body, AI: m.AI, Meta: m.Meta}
	if m.SenderKind == "user" || m.SenderKind == "worker" {
		d.ClientMsgID = m.ClientMsgID // lets the sender's other tabs and a reloaded page tell it from an unsent one
	}
	return outbound{V: protocolVersion, T: "msg", Conv: m.Conversation.String(), Seq: m.Seq, ID: m.ID.String(), TS: timestamp(m.CreatedAt), D: d}
}

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func receiptOf(m conversation.Message) receiptData {
	return receiptData{m.ClientMsgID, m.Seq, m.ID.String(), timestamp(m.CreatedAt)}
}

// conv returns the conversation that a frame is about, uuid.Nil where it names none.
func (in inbound) conv(inData string) uuid.UUID {
	text := in.Conv
	if text == "" {
		text = inData
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil
	}
	return id
}
