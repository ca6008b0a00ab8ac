package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"xiaohe/assistant/account"
	"xiaohe/knowledge"
	"xiaohe/web"
)

// serveCommand runs the web server until a signal ends it.
type serveCommand struct {
	Listen     string   `help:"在哪个地址提供网页。" default:":8080" env:"XIAOHE_LISTEN"`
	Origin     []string `help:"网站对外的网址（放在反向代理后面时），如 https://xiaohe.example.cn；可写多个。" env:"XIAOHE_ORIGINS" placeholder:"URL"`
	Site       []string `help:"允许嵌入小禾的网站，如 https://www.example.gov.cn；可写多个。" env:"XIAOHE_SITES" placeholder:"URL"`
	TrustProxy bool     `help:"前面有自己的反向代理，相信它写的 X-Forwarded-For。" env:"XIAOHE_TRUST_PROXY"`
	Region     string   `help:"没说自己在哪里的人，按哪个地区回答、由哪里的社工接：代码或名称，如 330100；不写就是全国。" env:"XIAOHE_REGION" placeholder:"REGION"`
	OIDCIssuer string   `name:"oidc-issuer" help:"统一身份认证（OpenID Connect）的地址；密钥写在环境变量 XIAOHE_OIDC_SECRET 里。" env:"XIAOHE_OIDC_ISSUER" placeholder:"URL"`
	OIDCClient string   `name:"oidc-client" help:"在统一身份认证里登记的客户端编号。" env:"XIAOHE_OIDC_CLIENT" placeholder:"ID"`
	NoOffers   bool     `name:"no-offers" help:"不自动派单，只由社工自己取下一位；有几个节点时每个都要写。" env:"XIAOHE_NO_OFFERS"`
	Questions  bool     `help:"让语言模型替条文写老百姓的问法，只用来查找；条文多时要问很多次模型。" env:"XIAOHE_QUESTIONS"`
	Rules      string   `help:"启动时换用这个文件夹里的福利规则；有错误就说出来，照旧用原来的。" type:"path" env:"XIAOHE_RULES" placeholder:"DIR"`
}

// Help says what no flag says.
func (*serveCommand) Help() string {
	return "第一次启动会建管理员账号 " + account.FirstLogin + "，一次性口令只显示这一次；也可以把口令写在环境变量 " + passwordVariable + " 里。"
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
	if err := c.check(s); err != nil {
		return err
	}
	s.measure()
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := s.useRules(store, c.Rules); err != nil {
		fmt.Fprintf(s.err, "%s\n照旧用原来的规则。\n", message(err))
	}
	node, err := c.node(s, db, store)
	if err != nil {
		return err
	}
	adminLine, err := admin(s, node.accounts)
	if err != nil {
		return err
	}
	jobs, end := node.start(s.logger)
	defer func() { end(); await(jobs); node.settle() }() // before the database closes
	server := &http.Server{Handler: node.site.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(s.err, "小禾已启动（用时 %.1f 秒），请在浏览器打开 %s ，按 Ctrl+C 停止。\n", now().Sub(start).Seconds(), address(listener))
	for _, line := range s.modelLines(node.chat) {
		fmt.Fprintln(s.err, line)
	}
	fmt.Fprintf(s.err, "社工和督导：%s/console  管理：%s/admin  %s\n", address(listener), address(listener), adminLine)
	select {
	case err = <-failed:
	case <-s.Done():
		fmt.Fprintln(s.err, "正在停止……")
		err = stop(server, node.site)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// check finds wrong settings before the database is opened.
func (c *serveCommand) check(s *session) error {
	if (c.OIDCIssuer == "") != (c.OIDCClient == "") {
		return &knowledge.InputError{Message: "用统一身份认证登录，--oidc-issuer 和 --oidc-client 要一起写"}
	}
	if password := s.environment(passwordVariable); password != "" {
		if err := account.CheckPassword(password, account.FirstLogin, account.FirstLogin); err != nil {
			return &knowledge.InputError{Message: "环境变量 " + passwordVariable + " 里的口令不能用：" + message(err)}
		}
	}
	return nil
}

// stop moves the sockets away first: http.Server.Shutdown does not close hijacked connections.
func stop(server *http.Server, site *web.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
	defer cancel()
	err := errors.Join(site.Shutdown(ctx), server.Shutdown(ctx))
	if err != nil {
		_ = server.Close() // who has not gone by now is cut off
	}
	return err
}

// await waits for the background work, but not for ever: one that hangs must not keep the program from ending.
func await(jobs *errgroup.Group) {
	done := make(chan struct{})
	go func() { _ = jobs.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(drainLimit):
	}
}

// address is the listener's address as a person can open it on this machine.
func address(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// passwordVariable holds the first administrator's password.
const passwordVariable = "XIAOHE_ADMIN_PASSWORD"

// admin makes sure that somebody can administer; the line tells the one-time password where one was made.
func admin(s *session, accounts *account.Store) (line string, err error) {
	oneTime, err := accounts.EnsureAdmin(s, s.environment(passwordVariable))
	if err != nil || oneTime == "" {
		return "", err
	}
	return fmt.Sprintf("管理员账号 %s，一次性口令 %s（只显示这一次，登录后请马上改）", account.FirstLogin, oneTime), nil
}
