package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"xiaohe/assistant"
	"xiaohe/knowledge"
)

// chatModel is the one model that there is.
const chatModel = "xiaohe"

// mostTurns is how many messages of a user one conversation may have.
const mostTurns = 100

// chatRequest is what of OpenAI's request matters here. How the words are to be sampled does not.
type chatRequest struct {
	Model         string          `json:"model"`
	Messages      []chatMessage   `json:"messages"`
	Stream        bool            `json:"stream"`
	StreamOptions *streamOptions  `json:"stream_options"`
	N             *int            `json:"n"`
	Tools         []notNeeded     `json:"tools"`
	Functions     []notNeeded     `json:"functions"`
	Modalities    []string        `json:"modalities"`
	Format        *responseFormat `json:"response_format"`
	Xiaohe        chatSetting     `json:"xiaohe"`
}

// notNeeded is something of which only the presence counts.
type notNeeded = json.RawMessage

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type responseFormat struct {
	Type string `json:"type"`
}

// chatSetting is our own addition to the request: where and when the question is to be answered for.
type chatSetting struct {
	Region string `json:"region"` // code or name; empty: that of the key
	On     string `json:"on"`     // 2026-03-01; empty: today
}

type chatMessage struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"` // text, or parts
}

type chatPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// readChat reads a request and returns what the user has said, oldest first. What else speaks in the conversation, a
// system message among it, instructs nobody here and is left out.
func readChat(data []byte) (in chatRequest, said []string, err error) {
	if json.Unmarshal(data, &in) != nil {
		return in, nil, badRequest("invalid_json", "", "请求不是一个完整的 JSON 对象，请对照 OpenAI 的 chat completions 格式检查")
	}
	if err := in.check(); err != nil {
		return in, nil, err
	}
	last := ""
	for i, m := range in.Messages {
		switch m.Role {
		case "user":
			text, err := m.text(i)
			if err != nil {
				return in, nil, err
			}
			said = append(said, text)
		case "assistant", "tool", "function":
		case "system", "developer":
			continue
		default:
			return in, nil, badRequest("invalid_role", fmt.Sprintf("messages[%d].role", i), "没有这种 role；用户的话写 user")
		}
		last = m.Role
	}
	switch {
	case len(said) == 0:
		return in, nil, badRequest("no_user_message", "messages", "messages 里要有一条 user 的话")
	case last != "user":
		return in, nil, badRequest("no_new_message", "messages", "最后一条要是 user 的话：小禾只回答用户新说的话")
	case len(said) > mostTurns:
		return in, nil, badRequest("context_length_exceeded", "messages", "这次谈话太长了（用户说了 %d 次，最多 %d 次），请开始一次新的谈话", len(said), mostTurns)
	}
	return in, said, nil
}

// check refuses what is not done here, rather than do something else in silence.
func (in chatRequest) check() error {
	switch {
	case in.Model != chatModel:
		return noModel()
	case len(in.Messages) == 0:
		return badRequest("no_user_message", "messages", "messages 是空的，请写下用户的话")
	case in.N != nil && *in.N != 1:
		return badRequest("unsupported_value", "n", "n 只能是 1：小禾对一句话只有一个回答")
	case len(in.Tools)+len(in.Functions) > 0:
		return badRequest("unsupported_parameter", "tools", "小禾不调用外面的工具，请去掉 tools 和 functions")
	case slices.ContainsFunc(in.Modalities, func(m string) bool { return m != "text" }):
		return badRequest("unsupported_value", "modalities", "小禾只用文字回答，modalities 只能是 text")
	case in.Format != nil && in.Format.Type != "" && in.Format.Type != "text":
		return badRequest("unsupported_value", "response_format", "回答总是给人看的文字，response_format 只能是 text；要数据请看回答里的 xiaohe 字段")
	}
	return nil
}

func noModel() *fault {
	f := badRequest("model_not_found", "model", "没有这个模型，model 请写 %s", chatModel)
	f.Status = http.StatusNotFound
	return f
}

// text is the words of a message; i is where it stands.
func (m chatMessage) text(i int) (string, error) {
	at := fmt.Sprintf("messages[%d].content", i)
	var text string
	if json.Unmarshal(m.Content, &text) != nil {
		var parts []chatPart
		if json.Unmarshal(m.Content, &parts) != nil {
			return "", badRequest("invalid_content", at, "content 要是文字，或者由文字组成的 parts")
		}
		var texts []string
		for _, p := range parts {
			if p.Type != "text" {
				return "", badRequest("unsupported_content", at, "小禾只读文字，看不了图片、听不了声音、读不了附件，请把要紧的话写出来")
			}
			texts = append(texts, p.Text)
		}
		text = strings.Join(texts, "\n")
	}
	if err := assistant.CheckText(text); err != nil {
		f := faultOf(err)
		f.Param = at
		return "", f
	}
	return text, nil
}

// place is where and when a request is to be answered for, in a key's region unless the request says another.
func (s *Server) place(ctx context.Context, in chatSetting, home string) (region knowledge.Region, on knowledge.Date, err error) {
	if on, err = knowledge.ParseDate(in.On); err != nil {
		return region, on, err
	}
	if in.Region == "" {
		in.Region = home
	}
	region, err = s.knowledge.Region(ctx, in.Region)
	return region, on, err
}
