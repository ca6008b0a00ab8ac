package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// readStrict reads a body that is one JSON object with known names and nothing after it. An empty body is an empty
// object.
func readStrict[T any](w http.ResponseWriter, r *http.Request) (d T, err error) {
	data, err := readBody(w, r, "发来的内容太大了，请写短一些")
	switch {
	case err != nil || len(data) == 0:
		return d, err
	case data[0] != '{' || !utf8.Valid(data):
		return d, errMalformed
	case holdsZero(data):
		return d, errNoText
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if decodeOne(decoder, &d) != nil {
		return d, errMalformed
	}
	return d, nil
}

// pathID reads an id of a path; what is no id cannot be found.
func pathID(r *http.Request, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(r.PathValue(name))
	if err != nil || len(r.PathValue(name)) != 36 {
		return uuid.Nil, handoff.ErrNotFound
	}
	return id, nil
}

// conflict is the answer to whoever was slower: how the ticket stands now.
type conflict struct {
	problem
	Owner string `json:"owner"`
	State string `json:"state"`
	Epoch int64  `json:"epoch"`
}

// standings are the states of a ticket that nobody owns, as staff read them.
var standings = map[string]string{
	"queued": "工单又回到队伍里了", "offered": "工单正在问另一位同事", "callback": "已经约了回电", "returned": "已经交还小禾", "closed": "工单已经结束",
}

// conflictOf tells it to the person of a name; one who has the ticket has changed it on another page.
func conflictOf(e *handoff.ConflictError, name string) conflict {
	message := standings[e.State]
	switch {
	case e.Owner != "" && e.Owner != name:
		message = "已由 " + e.Owner + " 认领"
	case e.Owner != "":
		message = "您在别处已经动过这张工单，请看一下再试"
	case message == "":
		message = "工单刚刚有变化，请看一下再试"
	}
	return conflict{problem{Code: codeConflict, Message: message}, e.Owner, e.State, e.Epoch}
}

// handoffProblem says what went wrong with a ticket. Whoever may not see something learns that there is nothing.
func handoffProblem(err error) error {
	var canned *handoff.CannedError
	switch {
	case errors.As(err, &canned):
		return problem{Code: codeInvalid, Message: canned.Message}
	case errors.Is(err, handoff.ErrNotFound), errors.Is(err, account.ErrNotFound), errors.Is(err, conversation.ErrForbidden):
		return problem{Code: codeNotFound, Message: "没有找到，可能已经不归您处理"}
	case errors.Is(err, handoff.ErrOffDuty):
		return problem{Code: codeConflict, Message: "您现在不在岗，请先点“在岗”"}
	case errors.Is(err, handoff.ErrFull):
		return problem{Code: codeConflict, Message: "手上的工单已经满了，请先结束或转出一个"}
	case errors.Is(err, handoff.ErrRefused):
		return problem{Code: codeConflict, Message: "现在不能这样做，请看一下工单的状态"}
	case errors.Is(err, handoff.ErrInvalid):
		return problem{Code: codeInvalid, Message: "有必填的没填，或者填得不对"}
	case errors.Is(err, handoff.ErrCannedTaken):
		return problem{Code: codeConflict, Message: "这个地区已经有同样的快捷词，请换一个"}
	case errors.Is(err, handoff.ErrCannedChanged):
		return problem{Code: codeConflict, Message: "别人刚改过这一条，请刷新后再改"}
	}
	return err
}

// refuse answers with what went wrong.
func (c *console) refuse(w http.ResponseWriter, r *http.Request, err error) {
	c.refuseTo("", w, r, err)
}

// refuseTo is refuse for a step of a ticket, by the person of a name.
func (c *console) refuseTo(name string, w http.ResponseWriter, r *http.Request, err error) {
	var slower *handoff.ConflictError
	if errors.As(err, &slower) {
		writeJSON(w, http.StatusConflict, conflictOf(slower, name))
		return
	}
	c.fail(w, r, handoffProblem(err))
}

// textOrNumber is a field that is an id, a code or a whole number, as the verb wants it.
type textOrNumber struct {
	text   string
	number *int
}

// UnmarshalJSON reads a string or a whole number.
func (t *textOrNumber) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &t.text)
	}
	return json.Unmarshal(data, &t.number)
}
