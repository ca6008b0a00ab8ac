package web

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

var (
	shots    = flag.String("shots", "", "folder for screenshots; none are taken without it")
	shotsURL = flag.String("url", "", "a running 小禾 to take screenshots of")
)

// browserTime ends a browser test that hangs. No test asserts on it.
const browserTime = 2 * time.Minute

// browser starts Chromium with one tab, or skips the test where there is none.
func browser(t testing.TB) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests are not short")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium on this machine: run scripts/test-deps.sh to install it")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true),
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancelTime := context.WithTimeout(context.Background(), browserTime)
	allocator, cancelAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, cancelTab := chromedp.NewContext(allocator)
	t.Cleanup(func() { cancelTab(); cancelAllocator(); cancelTime() })
	return newTab(t, ctx)
}

// newTab watches the page's console: an exception, or anything that the policy blocks, fails the test.
func newTab(t testing.TB, ctx context.Context) *tab {
	b := &tab{t: t, ctx: ctx}
	console := chromedp.Console(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for m, err := range console {
			if err != nil {
				return
			}
			if m.Source == "security" && b.tolerant.Load() {
				b.blocked.Add(1)
			} else if m.IsException() || m.Source == "security" {
				t.Errorf("console of %s: %s", m.URL, m)
			}
		}
	}()
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); <-watched })
	return b
}

// tab is one page of a browser; every failure ends its test.
type tab struct {
	t        testing.TB
	ctx      context.Context
	tolerant atomic.Bool  // blocked content is expected
	blocked  atomic.Int64 // what the policy has blocked since then
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

// eval runs a statement in the page.
func (b *tab) eval(expression string) {
	b.t.Helper()
	value[bool](b, "("+expression+", true)")
}

// value evaluates an expression in the page.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to become true. chromedp's own Poll needs eval, which the pages forbid.
func (b *tab) until(expression string) {
	b.t.Helper()
	for {
		v, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && v {
			return
		}
		if b.ctx.Err() != nil {
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
			b.t.Fatalf("never true: %s (%v)\n%s", expression, err, text)
		}
		_ = chromedp.Do(b.ctx, chromedp.Sleep(30*time.Millisecond))
	}
}

func (b *tab) click(selector string) { b.t.Helper(); b.do(chromedp.Click(chromedp.CSS(selector))) }

// say types a message and sends it.
func (b *tab) say(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.ID("input"), text))
	b.click("#send")
}

func (b *tab) screen(width, height int64, phone bool) {
	b.t.Helper()
	options := []chromedp.EmulateViewportOption{}
	if phone {
		options = append(options, chromedp.EmulateMobile)
	}
	b.do(chromedp.EmulateViewport(width, height, options...))
}

// dark turns the dark colours on.
func (b *tab) dark() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	must(b.t, err)
}

// offline tells the page that its network has gone, or is back.
func (b *tab) offline(gone bool) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: gone, DownloadThroughput: -1, UploadThroughput: -1})
	must(b.t, err)
}

// chat opens a family's page in a text size, "" for the usual one, and waits until its script has run.
func (b *tab) chat(url string, width, height int64, text string) {
	b.t.Helper()
	b.screen(width, height, width < 500)
	b.open(url)
	if text != "" {
		b.eval(fmt.Sprintf(`localStorage.setItem('xiaohe.text', %q)`, text))
		b.open(url)
	}
	b.until(`document.querySelector('#input').style.height`)
}

// pictures skips a test that does nothing but take screenshots, unless they are wanted.
func pictures(t *testing.T) {
	t.Helper()
	if *shots == "" {
		t.Skip("runs with -shots DIR")
	}
}

// shot takes a screenshot of a page that has come to rest.
func (b *tab) shot(name string) {
	b.t.Helper()
	b.do(chromedp.Sleep(600 * time.Millisecond))
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	must(b.t, err)
	must(b.t, os.MkdirAll(*shots, 0o755))
	must(b.t, os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644))
}

// awaitAnswers waits until so many of the bot's messages are on the screen.
func (b *tab) awaitAnswers(n int) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelectorAll('#log .bot').length >= %d", n))
}

// TestScreenshots takes the pictures that people look at; it asserts nothing and runs only when asked.
func TestScreenshots(t *testing.T) {
	pictures(t)
	if *shotsURL == "" {
		t.Skip("runs with -shots DIR -url http://…")
	}
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"360", 360, 740}, {"1280", 1280, 860}} {
		for _, text := range []string{"", "large", "huge"} {
			b := browser(t)
			n := 0
			shot := func(name string) {
				n++
				b.shot(strings.Trim(size.name+"-"+text, "-") + fmt.Sprintf("-%d-%s", n, name))
			}
			b.chat(*shotsURL+"/", size.width, size.height, text)
			shot("start")
			b.say("孩子爸爸坐牢，妈妈跑了，每月能领钱吗？")
			b.awaitAnswers(1)
			shot("answer")
			b.eval(`document.querySelector('#scroller').scrollTop = 1e6`)
			shot("answer-end")
			for _, dialog := range []string{"help", "region", "more"} {
				b.click("#" + dialog)
				shot(dialog)
				b.click("#" + dialog + "-dialog [data-close]")
			}
			b.say("民法典第三十六条怎么规定的")
			b.awaitAnswers(2)
			shot("clause")
			b.say("明天股票会涨吗")
			b.awaitAnswers(3)
			shot("refused")
			clause := value[string](b, `document.querySelectorAll('#log .bot')[1].querySelector('a.see').href`)
			card := value[string](b, `document.querySelector('a.see').href`)
			b.open(clause)
			shot("document")
			b.open(strings.Split(card, "?")[0])
			shot("card")
			b.dark()
			b.open(clause)
			shot("document-dark")
			b.open(*shotsURL + "/")
			b.awaitAnswers(1)
			shot("dark")
		}
	}
}
