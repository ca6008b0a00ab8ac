package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// maxText is the length of a text in bytes that all robots take. WeCom's is the smallest.
const maxText = 2048

// item is a ticket as a message shows it. Whatever else is known of a ticket has no place to be put.
type item struct {
	no       string
	priority int
	region   string // down to the county
	waited   time.Duration
	rung     int // 0 is the first call
}

// message is what one robot is told at one time: of one ticket, or of several in a digest.
type message struct {
	delivery uuid.UUID // the same for every attempt
	items    []item
	test     bool   // a trial: says that it is one
	base     string // the site's address, as https://xiaohe.example.cn; empty where it is not known
}

var levels = [4]string{"有紧急求助，请马上接手", "有严重情况，请尽快接手", "有人等着帮忙", "有事情等着办"}

// text is the message for people, at most maxText bytes. It holds the robot's keyword, 小禾.
func (m message) text() string {
	switch {
	case m.test:
		return "【小禾】测试：这里能收到求助提醒。"
	case len(m.items) == 1:
		return m.single(m.items[0])
	}
	return m.digest()
}

func (m message) single(i item) string {
	call := ""
	if i.rung > 0 {
		call = fmt.Sprintf("，第 %d 级提醒", i.rung+1)
	}
	return fmt.Sprintf("【小禾】P%d %s\n工单：%s\n地区：%s\n已等：%s%s\n%s",
		i.priority, levels[i.priority], i.no, i.region, words(i.waited), call, m.where(i.no))
}

// digest lists as many tickets as there is room for, the first ones first.
func (m message) digest() string {
	var count [len(levels)]int
	for _, i := range m.items {
		count[i.priority]++
	}
	head := fmt.Sprintf("【小禾】有 %d 张工单等人接手：", len(m.items))
	separator := ""
	for priority, n := range count {
		if n > 0 {
			head += fmt.Sprintf("%sP%d %d 张", separator, priority, n)
			separator = "，"
		}
	}
	end := m.where("")
	room := maxText - len(head) - len(end) - len("\n还有 9999999 张没有列出\n")
	var list strings.Builder
	listed := 0
	for _, i := range m.items {
		line := fmt.Sprintf("\nP%d %s %s 已等 %s", i.priority, i.no, i.region, words(i.waited))
		if list.Len()+len(line) > room {
			break
		}
		list.WriteString(line)
		listed++
	}
	if rest := len(m.items) - listed; rest > 0 {
		fmt.Fprintf(&list, "\n还有 %d 张没有列出", rest)
	}
	return head + list.String() + "\n" + end
}

// where says where to go. The console asks for a login; what follows the # never leaves the browser.
func (m message) where(no string) string {
	if m.base == "" {
		return "请登录小禾工作台处理"
	}
	return "请登录处理：" + m.link(no)
}

func (m message) link(no string) string {
	switch {
	case m.base == "":
		return ""
	case no == "":
		return m.base + "/console"
	}
	return m.base + "/console#" + no
}

// words is a time of waiting as people say it.
func words(d time.Duration) string {
	switch minutes := int(d.Minutes()); {
	case minutes < 1:
		return "不到 1 分钟"
	case minutes < 60:
		return fmt.Sprintf("%d 分钟", minutes)
	case minutes < 48*60:
		return fmt.Sprintf("%d 小时 %d 分钟", minutes/60, minutes%60)
	default:
		return fmt.Sprintf("%d 天", minutes/60/24)
	}
}

// payload is the message for programs.
type payload struct {
	Delivery uuid.UUID     `json:"delivery"` // the same for every attempt
	Test     bool          `json:"test"`
	Tickets  []payloadItem `json:"tickets"`
}

type payloadItem struct {
	No       string `json:"no"`
	Priority int    `json:"priority"` // 0 is the most urgent
	Region   string `json:"region"`
	Waited   int64  `json:"waited_seconds"`
	Rung     int    `json:"rung"`
	Link     string `json:"link"`
}

func (m message) json() ([]byte, error) {
	p := payload{Delivery: m.delivery, Test: m.test, Tickets: []payloadItem{}}
	for _, i := range m.items {
		p.Tickets = append(p.Tickets, payloadItem{i.no, i.priority, i.region, int64(i.waited.Seconds()), i.rung, m.link(i.no)})
	}
	return json.Marshal(p)
}

// urgent says whether people have to be called and not only told.
func (m message) urgent() bool {
	return !m.test && len(m.items) > 0 && m.items[0].priority == 0
}

// plain keeps a field on its line and short, whatever the database holds.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != '<' && r != '>' { // Feishu reads tags in a text
			return r
		}
		return -1
	}, text)
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:60])
	}
	return text
}
