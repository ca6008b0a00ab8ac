package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
	"xiaohe/database"
	"xiaohe/knowledge"
	"xiaohe/web"
)

// serveCommand runs the web server until a signal ends it.
type serveCommand struct {
	Listen     string   `help:"在哪个地址提供网页。" default:":8080" env:"XIAOHE_LISTEN"`
	Origin     []string `help:"网站对外的网址（放在反向代理后面时），如 https://xiaohe.example.cn；可写多个。" env:"XIAOHE_ORIGINS" placeholder:"URL"`
	Site       []string `help:"允许嵌入小禾的网站，如 https://www.example.gov.cn；可写多个。" env:"XIAOHE_SITES" placeholder:"URL"`
	TrustProxy bool     `help:"前面有自己的反向代理，相信它写的 X-Forwarded-For。" env:"XIAOHE_TRUST_PROXY"`
	Rules      string   `help:"启动时换用这个文件夹里的福利规则；有错误就说出来，照旧用原来的。" type:"path" env:"XIAOHE_RULES" placeholder:"DIR"`
}

// Help says what no flag says.
func (*serveCommand) Help() string {
	return "管理页 /admin 的口令写在环境变量 " + passwordVariable + " 里；不写就每次启动换一个，启动时显示。"
}

// drainLimit is how long a stopping server waits for its sockets and requests.
const drainLimit = 20 * time.Second

func (c *serveCommand) Run(s *session) error {
	start := now()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("地址 %s 用不了（可能已被占用），请用 --listen 换一个，如 --listen :8090", c.Listen)}
	}
	defer func() { _ = listener.Close() }() // the server has closed it, unless there never was one
	password, adminLine, err := adminPassword(address(listener))
	if err != nil {
		return err
	}
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := s.useRules(store, c.Rules); err != nil {
		fmt.Fprintf(s.err, "%s\n照旧用原来的规则。\n", message(err))
	}
	site, err := c.site(s, db, store, password)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: site.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(s.err, "小禾已启动（用时 %.1f 秒），请在浏览器打开 %s ，按 Ctrl+C 停止。\n%s\n", now().Sub(start).Seconds(), address(listener), adminLine)
	select {
	case err = <-failed:
	case <-s.Done():
		fmt.Fprintln(s.err, "正在停止……")
		err = stop(server, site)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// site wires the web server.
func (c *serveCommand) site(s *session, db *database.DB, store *knowledge.Store, password string) (*web.Server, error) {
	conversations, err := conversation.New(s, db, now)
	if err != nil {
		return nil, fmt.Errorf("open conversations: %w", err)
	}
	return web.New(web.Options{
		Assistant: assistant.New(store), Knowledge: store, Conversations: conversations,
		Origins: c.Origin, Sites: c.Site, TrustProxy: c.TrustProxy, Password: password, Now: now, Logger: s.logger,
	}), nil
}

// stop moves the sockets away first: http.Server.Shutdown does not close hijacked connections.
func stop(server *http.Server, site *web.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
	defer cancel()
	return errors.Join(site.Shutdown(ctx), server.Shutdown(ctx))
}

// address is the listener's address as a person can open it on this machine.
func address(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// The password of the officers' pages comes from the environment only: flags show in the list of processes.
const (
	passwordVariable = "XIAOHE_ADMIN_PASSWORD"
	shortestPassword = 8
)

// adminPassword is the one that was set, or else a random one that line shows to whoever started the server.
func adminPassword(address string) (password, line string, err error) {
	page := "管理页：" + address + "/admin"
	switch password := os.Getenv(passwordVariable); {
	case password == "":
		password = rand.Text()[:16]
		return password, page + "  口令：" + password + "（每次启动都换；要固定的口令，请设环境变量 " + passwordVariable + "）", nil
	case utf8.RuneCountInString(password) < shortestPassword:
		return "", "", &knowledge.InputError{Message: fmt.Sprintf("环境变量 %s 里的口令太短，请至少写 %d 个字", passwordVariable, shortestPassword)}
	default:
		return password, page, nil
	}
}
