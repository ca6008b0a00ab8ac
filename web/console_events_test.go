package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	eventName  = regexp.MustCompile(`^[a-z]+(\.[a-z_]+)?$`)
	sqlLiteral = regexp.MustCompile(`'([a-z_.]+)'`)
	wordsEntry = regexp.MustCompile(`(?:'([a-z_.]+)'|\b([a-z]+)): '([^']*)'`)
	chinese    = regexp.MustCompile(`^[\p{Han}，、]+$`)
)

// writers are the functions that write a row of ticket_events, and which of their arguments names the event.
var writers = map[string]int{"remark": 4, "wrote": 2, "note": 3}

// eventsOf finds the names of events in a source file: those of arrows, of the writers and of statements.
func eventsOf(t *testing.T, file *ast.File) (names []string) {
	t.Helper()
	add := func(e ast.Expr) {
		if text, ok := literal(e); ok && eventName.MatchString(text) {
			names = append(names, text)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if name, ok := n.Type.(*ast.Ident); ok && name.Name == "arrow" {
				add(valueOf(n, "event"))
			}
		case *ast.AssignStmt: // event := "priority.raised"; those of lines for the family have no dot
			name, named := n.Lhs[0].(*ast.Ident)
			if text, ok := literal(n.Rhs[0]); ok && named && name.Name == "event" && strings.Contains(text, ".") {
				add(n.Rhs[0])
			}
		case *ast.CallExpr:
			name := ""
			switch f := n.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if at, ok := writers[name]; ok && at < len(n.Args) {
				add(n.Args[at])
			}
		case *ast.BasicLit:
			text, _ := literal(n)
			names = append(names, eventsIn(text)...)
		}
		return true
	})
	return names
}

// valueOf is what a literal of a struct gives a field.
func valueOf(l *ast.CompositeLit, field string) ast.Expr {
	for _, e := range l.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == field {
				return pair.Value
			}
		}
	}
	return nil
}

// eventsIn finds the names in a statement that writes events itself; the first names of its values are the event's.
func eventsIn(sql string) (names []string) {
	_, rest, found := strings.Cut(sql, "INSERT INTO ticket_events (ticket_id, epoch, event,")
	if !found {
		return nil
	}
	rest, _, _ = strings.Cut(rest, "false")
	rest, _, _ = strings.Cut(rest, "true")
	for _, m := range sqlLiteral.FindAllStringSubmatch(rest, -1) {
		names = append(names, m[1])
	}
	return names
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// TestEveryEventHasItsWords walks the source for the names of events: staff read none of them as a code, and no words
// stand there for what never happens.
func TestEveryEventHasItsWords(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	must(t, filepath.WalkDir("../assistant", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err == nil {
			for _, name := range eventsOf(t, file) {
				written[name] = true
			}
		}
		return err
	}))
	for _, name := range []string{"ticket.opened", "ticket.claimed", "ticket.requeued", "access.blocked", "callback.wished", "route.bypassed",
		"delivery.failed", "region.set", "reply.due", "rung.fired", "priority.raised", "priority.lowered", "aged", "user.left", "user.returned"} {
		if !written[name] {
			t.Errorf("the walk does not find %s", name) // nor then what is like it
		}
	}
	source, err := os.ReadFile("static/console_words.js")
	must(t, err)
	_, list, _ := strings.Cut(string(source), "const EVENTS = {")
	list, _, _ = strings.Cut(list, "};")
	var known []string
	for _, m := range wordsEntry.FindAllStringSubmatch(list, -1) {
		name := m[1] + m[2]
		known = append(known, name)
		if !chinese.MatchString(m[3]) {
			t.Errorf("%s reads %q", name, m[3])
		}
		if !written[name] {
			t.Errorf("nothing writes %s", name)
		}
	}
	for name := range written {
		if !slices.Contains(known, name) {
			t.Errorf("%s has no words in console_words.js", name)
		}
	}
}
