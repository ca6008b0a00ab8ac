package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"xiaohe/assistant/llm"
	"xiaohe/database"
	"xiaohe/knowledge"
)

// modelFlags connect language models. Without them the program works as well, by its own means.
type modelFlags struct {
	ChatURL        string            `name:"chat-url" group:"模型" help:"语言模型接口（OpenAI 兼容）的地址，如 https://api.deepseek.com/v1；密钥写在环境变量 XIAOHE_CHAT_KEY 里。" env:"XIAOHE_CHAT_URL" placeholder:"URL"`
	ChatModel      string            `name:"chat-model" group:"模型" help:"用哪个模型，如 deepseek-chat。" env:"XIAOHE_CHAT_MODEL" placeholder:"MODEL"`
	ChatModels     map[string]string `name:"chat-models" mapsep:";" group:"模型" help:"有的活用别的模型：活=模型，用分号隔开，等号后面空着就是这件活不用模型。活有 extraction、rewriting、prose、opinion、summary、questions。" env:"XIAOHE_CHAT_MODELS" placeholder:"JOB=MODEL;…"`
	ChatLocal      bool              `name:"chat-local" group:"模型" help:"接口在自己的机器上，不遮盖姓名、电话、证件号。" env:"XIAOHE_CHAT_LOCAL"`
	ChatTokens     int64             `name:"chat-tokens" group:"模型" help:"一天总共最多用多少 token；0 是不限。" env:"XIAOHE_CHAT_TOKENS" default:"0" placeholder:"N"`
	ChatCalls      int               `name:"chat-calls" group:"模型" help:"同时最多问几次；多出来的不等，照没有模型回答。" env:"XIAOHE_CHAT_CALLS" default:"16" placeholder:"N"`
	ChatUserTokens int64             `name:"chat-user-tokens" group:"模型" help:"一次谈话一天最多用多少 token；0 是不限。" env:"XIAOHE_CHAT_USER_TOKENS" default:"0" placeholder:"N"`

	EmbedURL           string `name:"embed-url" group:"模型" help:"向量模型接口（OpenAI 兼容）的地址；密钥写在 XIAOHE_EMBED_KEY 里。" env:"XIAOHE_EMBED_URL" placeholder:"URL"`
	EmbedModel         string `name:"embed-model" group:"模型" help:"用哪个向量模型。" env:"XIAOHE_EMBED_MODEL" placeholder:"MODEL"`
	EmbedQueryModel    string `name:"embed-query-model" group:"模型" help:"问题用另一个模型名的（有的接口这样分），写在这里。" env:"XIAOHE_EMBED_QUERY_MODEL" placeholder:"MODEL"`
	EmbedQueryPrefix   string `name:"embed-query-prefix" group:"模型" help:"问题前面要加的话，如 “query: ”。" env:"XIAOHE_EMBED_QUERY_PREFIX" placeholder:"TEXT"`
	EmbedPassagePrefix string `name:"embed-passage-prefix" group:"模型" help:"条文前面要加的话，如 “passage: ”。" env:"XIAOHE_EMBED_PASSAGE_PREFIX" placeholder:"TEXT"`
	EmbedLocal         bool   `name:"embed-local" group:"模型" help:"接口在自己的机器上，不遮盖问题里的姓名、电话、证件号。" env:"XIAOHE_EMBED_LOCAL"`

	RerankURL   string `name:"rerank-url" group:"模型" help:"重排模型接口（Jina、Cohere、vLLM 的 /rerank）的地址；密钥写在 XIAOHE_RERANK_KEY 里。" env:"XIAOHE_RERANK_URL" placeholder:"URL"`
	RerankModel string `name:"rerank-model" group:"模型" help:"用哪个重排模型。" env:"XIAOHE_RERANK_MODEL" placeholder:"MODEL"`
	RerankLocal bool   `name:"rerank-local" group:"模型" help:"接口在自己的机器上，不遮盖问题。" env:"XIAOHE_RERANK_LOCAL"`
}

// metricsTokenVariable holds what a program elsewhere needs to read /metrics.
const metricsTokenVariable = "XIAOHE_METRICS_TOKEN"

// The variables of keys.
const (
	chatKeyVariable   = "XIAOHE_CHAT_KEY"
	embedKeyVariable  = "XIAOHE_EMBED_KEY"
	rerankKeyVariable = "XIAOHE_RERANK_KEY"
)

// key reads a key or a token; a line break that came with it would spoil every request.
func (s *session) key(variable string) string { return strings.TrimSpace(s.environment(variable)) }

// chatOptions are the settings of the language model, checked; without a URL there is none.
func (s *session) chatOptions() (llm.Options, error) {
	f := s.cli.Model
	o := llm.Options{
		URL: f.ChatURL, Key: s.key(chatKeyVariable), Model: f.ChatModel, Models: map[llm.Job]string{}, Local: f.ChatLocal, Concurrency: f.ChatCalls,
		DailyTokens: f.ChatTokens, OwnerTokens: f.ChatUserTokens, Logger: s.logger,
	}
	for job, model := range f.ChatModels {
		o.Models[llm.Job(strings.TrimSpace(job))] = strings.TrimSpace(model)
	}
	if o.URL == "" {
		if f.ChatModel != "" || len(f.ChatModels) > 0 {
			return o, &knowledge.InputError{Message: "写了 --chat-model 或 --chat-models，还要用 --chat-url 写明接口的地址"}
		}
		return o, nil
	}
	if f.ChatCalls < 1 || f.ChatCalls > 1000 {
		return o, &knowledge.InputError{Message: "--chat-calls 要在 1 到 1000 之间"}
	}
	if f.ChatTokens < 0 || f.ChatUserTokens < 0 {
		return o, &knowledge.InputError{Message: "--chat-tokens 和 --chat-user-tokens 不能是负数；0 是不限"}
	}
	return o, explain(o.Check(), "chat")
}

// explain says in the operator's words what is wrong with the flags of an endpoint: chat, embed, rerank.
func explain(err error, name string) error {
	says := func(format string, args ...any) error {
		return &knowledge.InputError{Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case errors.Is(err, llm.ErrURL):
		return says("--%s-url 不是能用的地址，要写成 https://api.example.com/v1 这样，不带问号和用户名", name)
	case errors.Is(err, llm.ErrUnsafeURL):
		return says("--%s-url 是公网上不加密的 http 地址，别人看得到大家说的话；请用 https，或者用内网的地址", name)
	case errors.Is(err, llm.ErrNoModel):
		return says("写了 --%s-url，还要用 --%s-model 写明用哪个模型", name, name)
	case errors.Is(err, llm.ErrUnknownJob):
		jobs := make([]string, len(llm.Jobs))
		for i, job := range llm.Jobs {
			jobs[i] = string(job)
		}
		return says("--chat-models 里有不认识的活，只能是 %s", strings.Join(jobs, "、"))
	}
	return err
}

// checkModels finds wrong settings before the database is opened.
func (s *session) checkModels() error {
	if _, err := s.chatOptions(); err != nil {
		return err
	}
	if _, err := s.embedder(nil); err != nil {
		return err
	}
	_, err := s.reranker(nil)
	return err
}

// chat connects the language model; nil without one. What calls come to is written into the audit log until done is
// called.
func (s *session) chat(db *database.DB) (client *llm.Client, done func(), err error) {
	o, err := s.chatOptions()
	if err != nil || o.URL == "" {
		return nil, func() {}, err
	}
	calls := newCallLog(db.Pool, s.logger)
	o.Usage, o.Record, o.Registry, o.Now = llm.NewTable(db.Pool), calls.record, s.figures, now
	client, err = llm.New(o)
	if err != nil {
		return nil, nil, fmt.Errorf("connect the language model: %w", err)
	}
	return client, func() { client.Close(); calls.close() }, nil
}

// embedder connects the model for vectors; nil without one. A registry gets its metrics.
func (s *session) embedder(registry prometheus.Registerer) (knowledge.Embedder, error) {
	f := s.cli.Model
	if f.EmbedURL == "" && f.EmbedModel != "" {
		return nil, &knowledge.InputError{Message: "写了 --embed-model，还要用 --embed-url 写明接口的地址"}
	}
	e, err := llm.NewEmbedder(llm.Vectors{
		Connection: llm.Connection{URL: f.EmbedURL, Key: s.key(embedKeyVariable), Model: f.EmbedModel, Local: f.EmbedLocal, Registry: registry, Logger: s.logger},
		QueryModel: f.EmbedQueryModel, QueryPrefix: f.EmbedQueryPrefix, PassagePrefix: f.EmbedPassagePrefix,
	})
	if err != nil || e == nil {
		return nil, explain(err, "embed")
	}
	return vectors{e}, nil
}

// vectors is an embedder as knowledge wants it.
type vectors struct{ *llm.Embedder }

// Revert returns the embedder of an earlier setting.
func (v vectors) Revert(model string) (knowledge.Embedder, bool) {
	e, ok := v.Embedder.Revert(model)
	return vectors{e}, ok
}

// reranker connects the model that puts passages in order; nil without one. A registry gets its metrics.
func (s *session) reranker(registry prometheus.Registerer) (*llm.Reranker, error) {
	f := s.cli.Model
	if f.RerankURL == "" && f.RerankModel != "" {
		return nil, &knowledge.InputError{Message: "写了 --rerank-model，还要用 --rerank-url 写明接口的地址"}
	}
	r, err := llm.NewReranker(llm.Ranking{Connection: llm.Connection{
		URL: f.RerankURL, Key: s.key(rerankKeyVariable), Model: f.RerankModel, Local: f.RerankLocal, Registry: registry, Logger: s.logger,
	}})
	return r, explain(err, "rerank")
}

// modelLines say at the start which models are connected, and whether people's words leave the machine unmasked.
func (s *session) modelLines(client *llm.Client) []string {
	var lines []string
	f := s.cli.Model
	if client != nil {
		line := "语言模型：" + f.ChatModel
		for _, job := range slices.Sorted(maps.Keys(f.ChatModels)) {
			line += fmt.Sprintf(" %s=%s", job, f.ChatModels[job])
		}
		lines = append(lines, line+masking(f.ChatLocal))
	}
	if f.EmbedURL != "" {
		lines = append(lines, "向量模型："+f.EmbedModel+masking(f.EmbedLocal))
	}
	if f.RerankURL != "" {
		lines = append(lines, "重排模型："+f.RerankModel+masking(f.RerankLocal))
	}
	return lines
}

func masking(isLocal bool) string {
	if isLocal {
		return "（当作自己的机器，不遮盖姓名、电话、证件号）"
	}
	return "（姓名、电话、证件号、住址、学校先遮盖再发出）"
}
