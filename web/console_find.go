package web

import (
	"net/http"
	"unicode/utf8"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

// longestNumber is more than any ticket's number has.
const longestNumber = 40

type foundTicket struct {
	ID uuid.UUID `json:"id"`
}

// find tells the id of a ticket by its number: the links of notifications name it so.
func (c *console) find(w http.ResponseWriter, r *http.Request, who account.Session) {
	no := r.FormValue("no")
	if len(no) == 0 || len(no) > longestNumber || !utf8.ValidString(no) {
		c.refuse(w, r, handoff.ErrNotFound)
		return
	}
	id, err := c.handoff.Numbered(r.Context(), c.actor(r, who.Staff), no)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, foundTicket{id})
}
