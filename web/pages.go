package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed templates/*.html static/*
var files embed.FS

// pages are the parsed templates and the static files. Version is a hash of all static files: it is part of their
// addresses, so that browsers keep them for good, and modules that import each other stay of one version.
type pages struct {
	templates *template.Template
	version   string
	static    map[string][]byte
}

var contentTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// loadPages panics on a broken embedded file: the program itself is wrong then.
func loadPages() *pages {
	p := &pages{static: map[string][]byte{}}
	p.templates = template.Must(template.New("").ParseFS(files, "templates/*.html"))
	names, err := fs.Glob(files, "static/*")
	if err != nil {
		panic(err)
	}
	sum := sha256.New()
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		p.static[path.Base(name)] = data
		sum.Write([]byte(name))
		sum.Write(data)
	}
	p.version = hex.EncodeToString(sum.Sum(nil))[:12]
	return p
}

// pageData is what every template gets: View is the page's own.
type pageData struct {
	Static string // the address of the static files' folder
	Widget bool
	View   any
}

// modules are the chat's scripts that others import: a slow phone asks for all of them at once.
var modules = []string{"api.js", "card.js", "chat.js", "chips.js", "copy.js", "dialogs.js", "dom.js", "draft.js", "embed.js",
	"handover.js", "handover_callback.js", "handover_live.js", "handover_rating.js", "link.js", "question.js", "region.js", "safety.js", "scroll.js", "session.js",
	"socket.js", "storage.js", "stream.js", "tabs.js", "view.js", "writing.js"}

// asks are examples of what people really ask, in their own words.
var asks = []string{
	"爸爸坐牢，妈妈跑了，孩子每月能领钱吗？",
	"残疾孩子做康复训练，政府能帮着出钱吗？",
	"在外打工，孩子能在这边上学吗？",
	"孩子在学校被欺负了怎么办？",
	"爸爸老打孩子，找谁管？",
	"爸妈都不在了，谁来当监护人？",
}

// render writes a page; name is its template, or widget for the chat in a frame.
func (s *Server) render(w http.ResponseWriter, status int, name string, view any) {
	var out bytes.Buffer
	data := pageData{Static: "/static/" + s.pages.version, Widget: name == "widget", View: view}
	if name == "widget" {
		name = "chat.html"
	}
	if err := s.pages.templates.ExecuteTemplate(&out, name, data); err != nil {
		s.log.Error("render page", "page", name, "error", err)
		http.Error(w, "页面出了点问题，请稍后再试", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// chatView is what the chat page shows before anything is said.
type chatView struct {
	Region  string
	Asks    []string
	Modules []string
}

func (s *Server) guardianPage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "chat.html", chatView{s.home, asks, modules})
}

func (s *Server) widgetPage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "widget", chatView{s.home, asks, modules})
}

// homeTime is how long the name of the server's region is looked for; the page works without.
const homeTime = 5 * time.Second

// homeName is the name of the region where a visitor is taken to be.
func (s *Server) homeName(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, homeTime)
	defer cancel()
	home, err := s.named(ctx, s.region)
	if err != nil {
		s.log.Error("name the region", "error", err)
		return "全国"
	}
	return home.Name
}

// neutralPage is where 「快速离开」 leads: nothing on it speaks of us.
func (s *Server) neutralPage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "tianqi.html", nil)
}

type messageView struct{ Title, Text string }

func (s *Server) message(w http.ResponseWriter, status int, title, text string) {
	s.render(w, status, "message.html", messageView{title, text})
}

func (s *Server) notFound(w http.ResponseWriter, _ *http.Request) {
	s.message(w, http.StatusNotFound, "没有找到这一页", "地址可能写错了，或者文件已被删除。")
}

func (s *Server) staticFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	data, ok := s.pages.static[name]
	if !ok || name == "widget.js" {
		s.notFound(w, r)
		return
	}
	cache := "no-cache" // a page of another version asks for it: it must not be kept under that name
	if r.PathValue("version") == s.pages.version {
		cache = "public, max-age=31536000, immutable"
	}
	serveStatic(w, name, data, cache)
}

// widgetScript is the one script that other sites include; it is the only thing that they may load.
func (s *Server) widgetScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	serveStatic(w, "widget.js", s.pages.static["widget.js"], "public, max-age=3600")
}

func serveStatic(w http.ResponseWriter, name string, data []byte, cache string) {
	w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
	w.Header().Set("Cache-Control", cache)
	_, _ = w.Write(data)
}
