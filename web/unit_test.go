package web

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"xiaohe/assistant/answer"
	"xiaohe/knowledge"
)

func FuzzDecodeFrame(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"t":"hello","d":{"ticket":"x","v":[1],"resume":[{"conv":"c","after_seq":3}]}}`, `{"t":"msg.send","conv":"c","d":{"client_msg_id":"message-1","body":"问"}}`,
		`{"t":"ack","d":{"upto":1,"read":true}}`, `{"t":"ping","d":{"n":1}}`, `{}`, `[]`, `{"t":"x"}{"t":"y"}`, `{"t":7}`, "\xff", `{"t":"sub","d":null}`,
		`{"t":"sub","d":{"topic":"queue"}}`, `{"t":"typing","conv":"c","d":{"on":true}}`, `{"t":"presence","d":{"status":"busy","viewing":"c","composing":true}}`,
		`{"t":"` + strings.Repeat("a", 40) + `"}`, strings.Repeat(`{"d":`, 500),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := decodeFrame(data)
		if err != nil {
			if in.T != "" || in.D != nil {
				t.Error("a malformed frame leaves something behind")
			}
			return
		}
		if in.T == "" || len(in.T) > 32 {
			t.Errorf("t is %q", in.T)
		}
		again, err := json.Marshal(in)
		if err != nil {
			t.Fatalf("it cannot be written again: %v", err)
		}
		if len(in.D) > 0 {
			if back, err := decodeFrame(again); err != nil || back.T != in.T || back.Conv != in.Conv {
				t.Errorf("%s became %+v (%v)", again, back, err)
			}
		}
		in.conv("")
		if d, err := decodeData[sendData](in); err == nil {
			_ = checkMessage(d)
		}
		_, _ = decodeData[helloData](in)
		_, _ = decodeData[resumeData](in)
		_, _ = decodeData[ackData](in)
		_, _ = decodeData[pingData](in)
		_, _ = decodeData[subData](in)
		_, _ = decodeData[typingData](in)
		_, _ = decodeData[presenceData](in)
	})
}

func FuzzRenderAnswer(f *testing.F) {
	for _, seed := range []string{"**粗** [1]\n- 项", "<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](x)", "<a href=x onclick=y>打 110</a>", "[1]: http://x\n[1]", "打12345、12355"} {
		f.Add(seed)
	}
	citations := []citationMeta{{N: 1, Link: viewerLink(answer.Place{DocumentID: "d", From: 1, To: 2})}}
	f.Fuzz(func(t *testing.T, text string) {
		html, err := renderAnswer(text, citations)
		if err != nil {
			t.Fatal(err)
		}
		for rest := html; ; {
			_, tail, found := strings.Cut(rest, "<")
			if !found {
				break
			}
			name := strings.TrimLeft(tail[:min(len(tail), 12)], "/")
			allowed := false
			for _, tag := range []string{"p>", "br>", "br/>", "strong>", "em>", "ul>", "ol>", "li>", "blockquote>", "a>", `a class="`} {
				allowed = allowed || strings.HasPrefix(name, tag)
			}
			if !allowed {
				t.Fatalf("%q became %q", text, html)
			}
			rest = tail
		}
	})
}

func TestRenderAnswer(t *testing.T) {
	t.Parallel()
	citations := []citationMeta{{N: 1, Link: "/documents/d?from=1&to=2#cited"}}
	for _, c := range []struct{ text, html string }{
		{"**多少钱**：问窗口。\n第二行", "<p><strong>多少钱</strong>：问窗口。<br>\n第二行</p>\n"},
		{"依据：[1][2]", `<p>依据：<a class="mark" href="/documents/d?from=1&amp;to=2#cited" target="_blank" rel="opener" aria-label="依据1，打开原文">[1]</a>[2]</p>` + "\n"},
		{"可以打 **12345** 问", `<p>可以打 <strong><a class="tel" href="tel:12345">12345</a></strong> 问</p>` + "\n"},
		{"打110、120", `<p>打<a class="tel" href="tel:110">110</a>、<a class="tel" href="tel:120">120</a></p>` + "\n"},
		{"每月110元", "<p>每月110元</p>\n"},
		{"<b onclick=x>粗</b>[坏](javascript:alert(1))", "<p>粗坏</p>\n"},
	} {
		html, err := renderAnswer(c.text, citations)
		if err != nil || html != c.html {
			t.Errorf("%q became %q, want %q (%v)", c.text, html, c.html, err)
		}
	}
}

func TestSentencesAreTheWholeText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("孩子。；！？\n*- #a"))).Draw(t, "text")
		if joined := strings.Join(cut(plain(text)), ""); joined != plain(text) {
			t.Errorf("%q became %q", text, joined)
		}
	})
}

func TestClipBodyKeepsWholeCharacters(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5461, 5462, 9000} {
		clipped := clipBody(strings.Repeat("字", n))
		if len(clipped) > maxBody || strings.ContainsRune(clipped, '�') || n <= 5461 && clipped != strings.Repeat("字", n) {
			t.Errorf("%d characters became %d bytes", n, len(clipped))
		}
	}
}

func TestWebAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://www.gov.cn/a b": "https://www.gov.cn/a%20b", "http://x.cn": "http://x.cn", "javascript:alert(1)": "", "data:text/html,x": "", "第三方": "", "": "", "//x": "",
	} {
		if got := webAddress(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestDocumentLinesKeepEveryCharacterAndMarkTheCitedOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringOf(rapid.SampledFrom([]rune("条款一。\n# -> |"))).Draw(t, "body")
		runes := []rune(body)
		from := rapid.IntRange(0, len(runes)).Draw(t, "from")
		to := rapid.IntRange(from, len(runes)).Draw(t, "to")
		lines, cited := documentLines(body, [2]int{from, to})
		var marked, firsts int
		opened := false
		for _, line := range lines {
			if line.Opens == opened && line.Kind == "row" && line.Opens {
				t.Errorf("a table opens in a table: %q", body)
			}
			opened = (opened || line.Opens) && !line.Closes
			if line.First {
				firsts++
			}
			for _, cell := range line.Cells {
				for _, p := range cell {
					if p.Cited {
						marked++
						if !strings.Contains(string(runes[from:to]), p.Text) {
							t.Errorf("%q is marked, cited was %q", p.Text, string(runes[from:to]))
						}
					}
				}
			}
		}
		if opened {
			t.Errorf("a table stays open: %q", body)
		}
		if cited != (marked > 0) || cited != (firsts == 1) || firsts > 1 {
			t.Errorf("cited %v, %d marked, %d first", cited, marked, firsts)
		}
	})
}

func TestNotesWarnOfWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		document knowledge.Document
		want     string
	}{
		{knowledge.Document{Status: "现行有效"}, ""},
		{knowledge.Document{}, ""},
		{knowledge.Document{Status: "待核"}, "待核"},
		{knowledge.Document{Status: "已废止"}, "已经失效"},
		{knowledge.Document{Status: "已修订"}, "已有修订"},
		{knowledge.Document{Replaced: true}, "新版本"},
		{knowledge.Document{Expires: "2026-01-01"}, "从 2026-01-01 起不再有效"},
		{knowledge.Document{Effective: "2027-01-01"}, "从 2027-01-01 起才生效"},
		{knowledge.Document{Card: &knowledge.Card{Confidence: "待核"}}, "还没有核对"},
		{knowledge.Document{Card: &knowledge.Card{Confidence: "报道"}}, "报道"},
	} {
		got := strings.Join(notes(c.document, "2026-06-01"), "；")
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%+v: %q", c.document, got)
		}
	}
}

func TestTheOutboxLosesDraftsButNoMessage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := newOutbox(8, 100)
		var want, got []string
		full := false
		t.Repeat(map[string]func(*rapid.T){
			"message": func(t *rapid.T) {
				data := rapid.StringN(1, 30, 30).Draw(t, "data")
				if full {
					return
				}
				if o.push([]byte(data), false) {
					want = append(want, data)
				} else {
					full = true // the socket ends here
				}
			},
			"draft": func(t *rapid.T) {
				if !o.push([]byte("draft "+rapid.String().Draw(t, "draft")), true) {
					t.Error("a draft ends the socket")
				}
			},
			"take": func(t *rapid.T) {
				if q, ok := o.take(); ok && !strings.HasPrefix(string(q.data), "draft ") {
					got = append(got, string(q.data))
				}
			},
			"": func(t *rapid.T) {
				if len(o.frames) > 8 || o.bytes > 100 {
					t.Errorf("%d frames, %d bytes", len(o.frames), o.bytes)
				}
			},
		})
		for {
			q, ok := o.take()
			if !ok {
				break
			}
			if !strings.HasPrefix(string(q.data), "draft ") {
				got = append(got, string(q.data))
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("took %q of %q", got, want)
		}
	})
}

func TestAWindowNeverAllowsMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		w := newWindow(n, 10*time.Second)
		now := time.Unix(1_000_000, 0)
		var allowed []time.Time
		for range 60 {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			wait := w.wait(now)
			if w.allow(now) != (wait == 0) {
				t.Fatal("wait and allow disagree")
			}
			if wait == 0 {
				allowed = append(allowed, now)
			}
			within := 0
			for _, at := range allowed {
				if now.Sub(at) < 10*time.Second {
					within++
				}
			}
			if within > n {
				t.Fatalf("%d within the span, limit %d", within, n)
			}
		}
	})
}

func TestTheMeterForgetsWhoIsGone(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1_000_000, 0)}
	m := newMeter(Limits{}.withDefaults(), c.Now)
	id := uuid.New()
	m.message(id)
	m.connect("a")
	m.session("b")
	c.advance(time.Hour)
	m.forget()
	if len(m.members) != 0 || len(m.ips) != 1 {
		t.Errorf("%d members, %d addresses are left", len(m.members), len(m.ips))
	}
	m.disconnect("a")
	m.forget()
	if len(m.ips) != 0 {
		t.Error("an address without sockets is left")
	}
}
