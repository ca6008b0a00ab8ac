package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// address is where a target is and what it is signed with, as opened for one message.
type address struct {
	channel string
	url     string
	secret  string // empty: a robot that checks a keyword or the sender's address instead
}

// request puts a message as the channel wants it. The time is what it is signed for.
func (a address) request(ctx context.Context, m message, at time.Time) (*http.Request, error) {
	target, header := a.url, http.Header{"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {"xiaohe"}}
	var body []byte
	var err error
	switch a.channel {
	case DingTalk:
		target, err = a.signDingTalk(at)
		body = encode(textMessage{Type: "text", Text: &textContent{Content: m.text()}, At: &dingTalkAt{All: m.urgent()}})
	case WeCom:
		content := &textContent{Content: m.text()}
		if m.urgent() {
			content.Mentioned = []string{"@all"}
		}
		body = encode(textMessage{Type: "text", Text: content})
	case Feishu:
		body = encode(a.signFeishu(feishuMessage{Type: "text", Content: feishuContent{Text: m.text()}}, at))
	case Webhook:
		if body, err = m.json(); err == nil {
			seconds := strconv.FormatInt(at.Unix(), 10)
			header.Set("X-Xiaohe-Timestamp", seconds)
			header.Set("X-Xiaohe-Signature", hex.EncodeToString(sign(a.secret, seconds+"."+string(body))))
			header.Set("X-Xiaohe-Delivery", m.delivery.String())
		}
	default:
		err = fmt.Errorf("no channel %q", a.channel)
	}
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, errAddress // the error itself would show the address
	}
	r.Header = header
	return r, nil
}

type textMessage struct {
	Type string       `json:"msgtype"`
	Text *textContent `json:"text"`
	At   *dingTalkAt  `json:"at,omitempty"`
}

type textContent struct {
	Content   string   `json:"content"`
	Mentioned []string `json:"mentioned_list,omitempty"`
}

type dingTalkAt struct {
	All bool `json:"isAtAll"`
}

type feishuMessage struct {
	Timestamp string        `json:"timestamp,omitempty"` // seconds
	Sign      string        `json:"sign,omitempty"`
	Type      string        `json:"msg_type"`
	Content   feishuContent `json:"content"`
}

type feishuContent struct {
	Text string `json:"text"`
}

// signDingTalk adds time and signature to the address: HMAC-SHA256 with the secret as the key over the milliseconds,
// a line feed and the secret again (DingTalk, custom robots, security settings).
func (a address) signDingTalk(at time.Time) (string, error) {
	u, err := url.Parse(a.url)
	if err != nil {
		return "", errAddress
	}
	if a.secret == "" {
		return a.url, nil
	}
	millis := strconv.FormatInt(at.UnixMilli(), 10)
	query := u.Query()
	query.Set("timestamp", millis)
	query.Set("sign", base64.StdEncoding.EncodeToString(sign(a.secret, millis+"\n"+a.secret)))
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// signFeishu adds time and signature: HMAC-SHA256 over nothing, with the seconds, a line feed and the secret as the
// key (Feishu, custom bots, signature verification).
func (a address) signFeishu(m feishuMessage, at time.Time) feishuMessage {
	if a.secret != "" {
		m.Timestamp = strconv.FormatInt(at.Unix(), 10)
		m.Sign = base64.StdEncoding.EncodeToString(sign(m.Timestamp+"\n"+a.secret, ""))
	}
	return m
}

func sign(key, text string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// encode writes JSON that shows & and < as they are: group chats show texts as they come.
func encode[T textMessage | feishuMessage](value T) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // strings and booleans always encode
	return bytes.TrimSpace(out.Bytes())
}
