package web

import (
	"net/http"
	"slices"

	"xiaohe/assistant/account"
)

// consoleView is what the console's pages show before their scripts run.
type consoleView struct {
	Name       string // of whoever is logged in
	Supervises bool
	Writes     bool // the ready replies of their regions
	Keys       bool // the page can be worked with single keys
	CSRF       string
	Modules    []string // scripts that others import: all of them are asked for at once
}

// The scripts of the console's pages, those of all of them first.
var (
	frameModules = []string{"api.js", "console_actions.js", "console_alarm.js", "console_api.js", "console_form.js", "console_frame.js",
		"console_keep.js", "console_keys.js", "console_link.js", "console_queue.js", "console_sound.js", "console_time.js", "console_words.js", "dom.js", "socket.js", "storage.js", "writing.js"}
	consoleModules = slices.Concat(frameModules, []string{"console_canned.js", "console_chat.js", "console_composer.js", "console_contact.js",
		"console_evidence.js", "console_facts.js", "console_message.js", "console_notes.js", "console_outbox.js", "console_panels.js"})
	overviewModules = slices.Concat(frameModules, []string{"console_chart.js", "console_side.js"})
	cannedModules   = slices.Concat(frameModules, []string{"console_canned.js", "console_side.js"})
)

// cannedWriters are the roles that write ready replies.
var cannedWriters = []string{account.Supervisor, account.Officer}

// consolePages adds the pages of those who answer, of their supervisors, and of those who write the ready replies.
func (s *Server) consolePages(mux *http.ServeMux) {
	mux.HandleFunc("GET /console", s.staff(consoleRoles...)(s.consolePage("console.html", consoleModules)))
	mux.HandleFunc("GET /console/overview", s.staff(account.Supervisor)(s.consolePage("console-overview.html", overviewModules)))
	mux.HandleFunc("GET /console/canned", s.staff(cannedWriters...)(s.consolePage("console-canned.html", cannedModules)))
}

func (s *Server) consolePage(template string, modules []string) staffHandler {
	return func(w http.ResponseWriter, r *http.Request, who account.Session) {
		s.render(w, http.StatusOK, template, consoleView{
			Name: who.Name, Supervises: who.Supervises(), Writes: slices.Contains(cannedWriters, who.Role),
			Keys: template != "console-canned.html", CSRF: s.accounts.CSRF(who), Modules: modules,
		})
	}
}
