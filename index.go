package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"xiaohe/assistant/llm"
	"xiaohe/knowledge"
)

// indexCommand looks after the vectors that searches by meaning use.
type indexCommand struct {
	Status  indexStatusCommand  `cmd:"" help:"按意思查找用的向量：哪个模型、做了多少。"`
	Rebuild indexRebuildCommand `cmd:"" help:"把还没有向量的文字补上；换了模型就重做一套，做好再换上。"`
}

type indexStatusCommand struct {
	JSON bool `name:"json" help:"输出 JSON。"`
}

func (c *indexStatusCommand) Run(s *session) error {
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	index, err := store.Index(s)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(index)
	}
	fmt.Fprintln(s.out, indexLine(index))
	for _, g := range index.Generations {
		fmt.Fprintf(s.out, "第 %d 套  %s  %s（%d 维）", g.ID, generationStates[g.State], g.Model, g.Dimension)
		if g.State != knowledge.Retired {
			fmt.Fprintf(s.out, "  %d／%d 段", g.Done, g.Total)
		}
		if g.Refused > 0 {
			fmt.Fprintf(s.out, "，其中 %d 段模型不收", g.Refused)
		}
		fmt.Fprintf(s.out, "  %s 建\n", g.CreatedAt.Local().Format("2006-01-02 15:04"))
	}
	if index.Questions > 0 {
		fmt.Fprintf(s.out, "模型替条文写的问法：%d 句（只用来查找，不给人看）\n", index.Questions)
	}
	return nil
}

var generationStates = map[knowledge.GenerationState]string{
	knowledge.Building: "正在做", knowledge.Active: "正在用", knowledge.Retired: "不用了",
}

// indexLine says in a sentence whether searches go by meaning too.
func indexLine(index knowledge.Index) string {
	switch {
	case index.Model == "":
		return "没有接入向量模型，只按字词查找。"
	case index.Down != nil:
		return "向量模型没有应答，现在只按字词查找。"
	case index.Usable:
		return "按字词和意思一起查找，模型 " + index.Model + "。"
	}
	return "向量还没有做好，现在只按字词查找，模型 " + index.Model + "。"
}

type indexRebuildCommand struct {
	All bool `help:"全部重做，哪怕模型名字没有变（接口那边换了模型时用）。"`
}

func (c *indexRebuildCommand) Run(s *session) error {
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := buildIndex(s, store, c.All); err != nil {
		return err
	}
	index, err := store.Index(s)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, indexLine(index))
	return nil
}

// buildIndex brings the index up to date, with progress. Ctrl+C loses nothing: the next one goes on.
func buildIndex(s *session, store *knowledge.Store, all bool) error {
	err := store.Prepare(s, all)
	if err == nil {
		err = store.Retry(s)
	}
	if err == nil {
		err = store.BuildIndex(s, indexProgress(s.err))
	}
	if err == nil || s.Err() != nil || knowledge.IsInputError(err) {
		return err
	}
	if index, e := store.Index(s); e == nil && index.Down != nil {
		return &knowledge.InputError{Message: embedTrouble(err) + "，没有做完。做好的都留着，接口好了再运行 xiaohe index rebuild；运行着的 xiaohe serve 会自己补上。"}
	}
	return err
}

// embedTrouble says what is wrong with the endpoint for vectors, and where to look.
func embedTrouble(err error) string {
	switch why := llm.Why(err); why {
	case "":
		return "向量模型没有应答"
	case "status 401", "status 403":
		return "向量模型没有应答：接口说密钥不对（" + why + "），请看环境变量 " + embedKeyVariable
	case "status 400", "status 404", "status 422":
		return "向量模型没有应答：接口说没有这个地址或模型（" + why + "），请看 --embed-url 和 --embed-model"
	case "dial failed", "unknown host":
		return "向量模型没有应答：连不上这个地址，请看 --embed-url"
	case "wrong content type", "redirected", "not JSON":
		return "向量模型没有应答：这个地址不像向量模型的接口，请看 --embed-url"
	default:
		return "向量模型没有应答（" + why + "）"
	}
}

// indexProgress shows a bar on a terminal, and a line every few seconds elsewhere.
func indexProgress(out io.Writer) knowledge.Progress {
	const every = 5 * time.Second
	f, ok := out.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) {
		var bar *progressbar.ProgressBar
		return func(g knowledge.Generation) {
			if bar == nil {
				bar = progressbar.NewOptions(g.Total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("向量"),
					progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
			}
			bar.ChangeMax(g.Total)
			_ = bar.Set(g.Done)
		}
	}
	told := time.Now()
	return func(g knowledge.Generation) {
		if time.Since(told) < every {
			return
		}
		told = time.Now()
		fmt.Fprintf(out, "向量 %d／%d\n", g.Done, g.Total)
	}
}

// afterIngest embeds what was just taken in, where the index is in use. The documents are in the knowledge whatever
// happens here: they are found by their words.
func afterIngest(s *session, store *knowledge.Store) error {
	index, err := store.Index(s)
	switch {
	case err != nil || index.Model == "":
		return err
	case !index.Usable:
		fmt.Fprintln(s.err, "文件收好了，按字词能查到；按意思查找的索引还没有做，xiaohe serve 会在后台做，也可以运行 xiaohe index rebuild。")
		return nil
	}
	if err := buildIndex(s, store, false); !knowledge.IsInputError(err) {
		return err
	}
	fmt.Fprintln(s.err, "文件收好了，按字词能查到。向量模型没有应答，接口好了再运行 xiaohe index rebuild；运行着的 xiaohe serve 会自己补上。")
	return nil
}

// store is the knowledge behind a pool, with the models of this session that help to find.
func (s *session) store(pool *pgxpool.Pool) (*knowledge.Store, error) {
	store := knowledge.NewStore(pool, now)
	embedder, err := s.embedder(s.figures)
	if err != nil {
		return nil, err
	}
	store.UseEmbedder(embedder)
	reranker, err := s.reranker(s.figures)
	if err != nil {
		return nil, err
	}
	if reranker != nil {
		store.UseReranker(reranker)
	}
	return store, nil
}
