package notify

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// outcome is what came of an attempt, by what has to be done next.
type outcome int

const (
	delivered outcome = iota
	throttled         // too many messages: none for a while
	retry             // may work later
	refused           // will not work until somebody changes something
)

// verdict is an outcome with its reason. The code is short and holds nothing of address, message or answer.
type verdict struct {
	outcome outcome
	code    string        // ok, http_500, errcode_310000, timeout, …
	wait    time.Duration // how long to be silent, where throttled
	clock   bool          // the signature's time may be why
}

// How long a robot is left alone that says too much was sent. DingTalk closes for ten minutes.
const (
	dingTalkSilence = 10 * time.Minute
	usualSilence    = time.Minute
	longestSilence  = 10 * time.Minute
)

// reply is what the robots answer with, each in fields of its own.
type reply struct {
	ErrCode    *int64 `json:"errcode"`    // DingTalk, WeCom
	Code       *int64 `json:"code"`       // Feishu
	StatusCode *int64 `json:"StatusCode"` // Feishu, older
	Msg        string `json:"msg"`
}

// throttleCodes say that too much was sent: DingTalk 130101 (20 a minute) and 410100, Feishu 11232 and 99991400,
// WeCom 45009 and 45033.
var throttleCodes = map[string][]int64{DingTalk: {130101, 410100}, Feishu: {11232, 99991400}, WeCom: {45009, 45033}}

// clockCodes are given for wrong signatures, among them those of another hour.
var clockCodes = map[string]int64{DingTalk: 310000, Feishu: 19021}

// judge reads an answer. Robots answer 200 to what they refuse, and Feishu 400 to what is too much, so their code
// counts before the status.
func judge(channel string, status int, header http.Header, body []byte) verdict {
	if status >= 300 && status < 400 {
		return verdict{outcome: refused, code: "redirect"} // never followed: the next one could be anybody
	}
	if channel == Webhook {
		return judgeStatus(status, header)
	}
	code, msg, ok := read(channel, body)
	name := "errcode_" + strconv.FormatInt(code, 10)
	switch {
	case ok && (slices.Contains(throttleCodes[channel], code) || channel == Feishu && code == 9499 && strings.Contains(msg, "too many")):
		return verdict{outcome: throttled, code: name, wait: silence(channel, header)}
	case status >= 400 && (status >= 500 || !ok || status == http.StatusTooManyRequests):
		v := judgeStatus(status, header)
		v.wait = silence(channel, header)
		return v
	case !ok:
		return verdict{outcome: retry, code: "garbage"} // a page of something in between
	case code == 0 && status < 300:
		return verdict{outcome: delivered, code: "ok"}
	case code == -1:
		return verdict{outcome: retry, code: name} // busy
	}
	return verdict{outcome: refused, code: name, clock: clockCodes[channel] == code}
}

func read(channel string, body []byte) (code int64, msg string, ok bool) {
	var r reply
	if json.Unmarshal(body, &r) != nil {
		return 0, "", false
	}
	field := r.ErrCode
	if channel == Feishu {
		if field = r.Code; field == nil {
			field = r.StatusCode
		}
	}
	if field == nil {
		return 0, "", false
	}
	return *field, r.Msg, true
}

func judgeStatus(status int, header http.Header) verdict {
	code := "http_" + strconv.Itoa(status)
	switch {
	case status >= 200 && status < 300:
		return verdict{outcome: delivered, code: "ok"}
	case status == http.StatusTooManyRequests:
		return verdict{outcome: throttled, code: code, wait: silence(Webhook, header)}
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return verdict{outcome: retry, code: code}
	}
	return verdict{outcome: refused, code: code, clock: status == http.StatusUnauthorized || status == http.StatusForbidden}
}

// silence is how long a throttled channel is left alone: what a webhook asks for, up to longestSilence; robots ask for
// nothing and are given their vendor's time.
func silence(channel string, header http.Header) time.Duration {
	if channel == DingTalk {
		return dingTalkSilence
	}
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if channel != Webhook || err != nil || seconds <= 0 {
		return usualSilence
	}
	return min(time.Duration(seconds)*time.Second, longestSilence)
}
