package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"xiaohe/ingest"
	"xiaohe/knowledge"
)

// ingestCommand reads files and folders into the knowledge.
type ingestCommand struct {
	Region string   `help:"没有写明地区的文件适用于哪里：代码或名称。"`
	JSON   bool     `name:"json" help:"每个文件输出一行 JSON。"`
	Paths  []string `arg:"" name:"path" help:"文件或文件夹。" type:"path"`
}

func (c *ingestCommand) Run(s *session) error {
	db, store, err := s.open()
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Region != "" {
		if _, err := store.Region(s, c.Region); err != nil {
			return err
		}
	}
	in := ingest.Ingester{Store: store, Region: c.Region, Progress: progress(s.err)}
	reports, err := in.Run(s, c.Paths)
	refused := 0
	for _, r := range reports {
		if r.Outcome == ingest.Refused {
			refused++
		}
		if c.JSON {
			if err := json.NewEncoder(s.out).Encode(r); err != nil {
				return err
			}
		} else {
			printReport(s.out, r)
		}
	}
	if err == nil {
		err = afterIngest(s, store)
	}
	switch {
	case err != nil:
		return err
	case refused > 0:
		return &knowledge.InputError{Message: fmt.Sprintf("%d 个文件没有收进来，原因见上。", refused)}
	}
	return nil
}

var outcomes = map[knowledge.Outcome]string{
	knowledge.Added: "新收", knowledge.Updated: "更新", knowledge.Unchanged: "没变", knowledge.Archived: "旧版存档",
	ingest.Skipped: "跳过", ingest.Refused: "拒收",
}

func printReport(out io.Writer, r ingest.Report) {
	fmt.Fprintf(out, "%s  %s", outcomes[r.Outcome], r.File)
	if r.Title != "" {
		fmt.Fprintf(out, "  《%s》%s %d 段", r.Title, r.Number, r.Passages)
	}
	if r.Error != "" {
		fmt.Fprintf(out, "  %s", r.Error)
	}
	fmt.Fprintln(out)
	for _, w := range r.Warnings {
		fmt.Fprintf(out, "      注意：%s\n", w)
	}
}

// progress shows a bar on a terminal and nothing elsewhere.
func progress(out io.Writer) func(done, total int, file string) {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int, _ string) {
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("收录"),
				progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
		}
		_ = bar.Set(done)
	}
}
