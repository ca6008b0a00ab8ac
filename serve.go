package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
	"xiaohe/knowledge"
	"xiaohe/web"
)

// serveCommand runs the web server until a signal ends it.
type serveCommand struct {
	Listen     string   `help:"在哪个地址提供网页。" default:":8080" env:"XIAOHE_LISTEN"`
	Origin     []string `help:"网站对外的网址（放在反向代理后面时），如 https://xiaohe.example.cn；可写多个。" env:"XIAOHE_ORIGINS" placeholder:"URL"`
	Site       []string `help:"允许嵌入小禾的网站，如 https://www.example.gov.cn；可写多个。" env:"XIAOHE_SITES" placeholder:"URL"`
	TrustProxy bool     `help:"前面有自己的反向代理，相信它写的 X-Forwarded-For。" env:"XIAOHE_TRUST_PROXY"`
}

// drainLimit is how long a stopping server waits for its sockets and requests.
const drainLimit = 20 * time.Second

func (c *serveCommand) Run(s *session) error {
	start := now()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("地址 %s 用不了（可能已被占用），请用 --listen 换一个，如 --listen :8090", c.Listen)}
	}
	db, store, err := s.open()
	if err != nil {
		listener.Close()
		return err
	}
	defer db.Close()
	conversations, err := conversation.New(s, db, now)
	if err != nil {
		listener.Close()
		return fmt.Errorf("open conversations: %w", err)
	}
	site := web.New(web.Options{
		Assistant: assistant.New(store), Knowledge: store, Conversations: conversations,
		Origins: c.Origin, Sites: c.Site, TrustProxy: c.TrustProxy, Now: now, Logger: s.logger,
	})
	server := &http.Server{Handler: site.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(s.err, "小禾已启动（用时 %.1f 秒），请在浏览器打开 %s ，按 Ctrl+C 停止。\n", now().Sub(start).Seconds(), address(listener))
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
