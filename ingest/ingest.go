package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"xiaohe/knowledge"
)

// maxFile is the largest file that is read: beyond it no policy text is plausible.
const maxFile = 64 << 20

// Ingester reads files and folders into the knowledge.
type Ingester struct {
	Store  *knowledge.Store
	Region string // for files that name none; empty: found in the title, else the whole country with a warning

	// Progress is called before each file, with its place and the number of files; may be nil.
	Progress func(done, total int, file string)
}

// Report says what became of one file.
type Report struct {
	File     string            `json:"file"`
	Outcome  knowledge.Outcome `json:"outcome"` // added, updated, unchanged, archived, skipped or refused
	Title    string            `json:"title,omitempty"`
	Number   string            `json:"number,omitempty"`
	Region   string            `json:"region,omitempty"`
	Passages int               `json:"passages"`
	Warnings []string          `json:"warnings,omitempty"`
	Error    string            `json:"error,omitempty"` // why it was refused or skipped, in Chinese
}

// Refused and Skipped complete knowledge's outcomes: a file that could not be read, and one in a folder that is
// not meant to be read (a README, a format without a reader).
const (
	Refused knowledge.Outcome = "refused"
	Skipped knowledge.Outcome = "skipped"
)

// Run ingests files and folders. A bad file is refused with its reason and the others go on; the error is for what
// stops everything (a path that does not exist, the database).
func (in *Ingester) Run(ctx context.Context, paths []string) ([]Report, error) {
	files, err := list(paths)
	if err != nil {
		return nil, err
	}
	reports := make([]Report, 0, len(files))
	for i, f := range files {
		if in.Progress != nil {
			in.Progress(i, len(files), f.path)
		}
		r, err := in.file(ctx, f)
		if err != nil {
			return reports, err
		}
		reports = append(reports, r)
	}
	if in.Progress != nil {
		in.Progress(len(files), len(files), "")
	}
	return reports, nil
}

// file to be read. Those found in a folder may be skipped, those given by name are refused.
type file struct {
	path  string
	named bool
}

func list(paths []string) ([]file, error) {
	var files []file
	for _, root := range paths {
		info, err := os.Stat(root)
		if err != nil {
			return nil, &knowledge.InputError{Message: fmt.Sprintf("打不开“%s”：%s", root, reason(err))}
		}
		if !info.IsDir() {
			files = append(files, file{root, true})
			continue
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // an unreadable folder does not stop the others
			}
			if d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
			if d.Type().IsRegular() && !strings.HasPrefix(d.Name(), ".") {
				files = append(files, file{path, false})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", root, err)
		}
	}
	return files, nil
}

// file ingests one file. Mistakes of the file end in the report; only a failing database is an error.
func (in *Ingester) file(ctx context.Context, f file) (Report, error) {
	r := Report{File: f.path}
	if !f.named {
		if _, err := readerFor(f.path); err != nil || strings.HasPrefix(strings.ToLower(filepath.Base(f.path)), "readme") {
			r.Outcome, r.Error = Skipped, "说明文件或暂不支持的格式，未收"
			return r, nil
		}
	}
	entry, err := in.Read(ctx, f.path)
	if err == nil {
		var outcomes []knowledge.Outcome
		if outcomes, err = in.Store.Put(ctx, entry); err == nil {
			r.Outcome = outcomes[0]
		}
	}
	if err != nil {
		var mistake *knowledge.InputError
		if !errors.As(err, &mistake) {
			return r, fmt.Errorf("ingest %s: %w", f.path, err)
		}
		r.Outcome, r.Error = Refused, mistake.Message
		return r, nil
	}
	d := entry.Document
	r.Title, r.Number, r.Region, r.Passages, r.Warnings = d.Title, d.Number, d.Region, len(entry.Passages), d.Warnings
	return r, nil
}

// Read makes a document with its passages of a file, without storing it.
func (in *Ingester) Read(ctx context.Context, path string) (knowledge.Entry, error) {
	read, err := readerFor(path)
	if err != nil {
		return knowledge.Entry{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return knowledge.Entry{}, &knowledge.InputError{Message: "打不开文件：" + reason(err)}
	}
	if info.Size() > maxFile {
		return knowledge.Entry{}, &knowledge.InputError{Message: fmt.Sprintf("文件有 %d MB，超过 %d MB 的上限，请拆开再试", info.Size()>>20, maxFile>>20)}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return knowledge.Entry{}, &knowledge.InputError{Message: "读不了文件：" + reason(err)}
	}
	src, err := read(data)
	if err != nil {
		return knowledge.Entry{}, err
	}
	return in.entry(ctx, path, data, src)
}

// entry makes the document: metadata completed from the text, region checked, passages cut.
func (in *Ingester) entry(ctx context.Context, path string, data []byte, src source) (knowledge.Entry, error) {
	all := parse(src.text)
	m := src.meta
	warnings := append(src.warnings, m.complete(all, in.Region)...)
	if m.Title == "" {
		m.Title = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		warnings = append(warnings, "找不到标题，暂用文件名")
	}
	region, unsure, err := in.region(ctx, m)
	if err != nil {
		return knowledge.Entry{}, err
	}
	if unsure {
		warnings = append(warnings, "找不到适用地区，暂按全国，地区待核")
	}
	status := m.Status
	if status == "" && len(warnings) > 0 {
		status = "待核"
	}
	cut := passages(m.Title, all, src.text)
	if len(cut) == 0 {
		return knowledge.Entry{}, &knowledge.InputError{Message: "文件里没有正文"}
	}
	sum := sha256.Sum256(data)
	return knowledge.Entry{Passages: cut, Document: knowledge.Document{
		Kind: knowledge.KindPolicy, Title: m.Title, Issuer: m.Issuer, Number: m.Number, Region: region.Short(),
		Issued: m.Issued, Effective: knowledge.Date(m.Effective), Expires: knowledge.Date(m.Expires), Status: status,
		Source: m.Source, Note: m.Note, File: filepath.Base(path), SHA256: sum[:], Body: src.text,
		Warnings: warnings, Abolishes: findAbolished(all, m.Title),
	}}, nil
}

// region of a document: stated, else named in its title or issuer, else the whole country.
// National texts say so themselves: 中华人民共和国, 国务院, 全国 or a ministry.
func (in *Ingester) region(ctx context.Context, m metadata) (r knowledge.Region, unsure bool, err error) {
	if m.Region != "" {
		r, err = in.Store.Region(ctx, m.Region)
		return r, false, err
	}
	r, err = in.Store.RegionIn(ctx, m.Title+" "+m.Issuer)
	national := strings.Contains(m.Title, "中华人民共和国") || strings.Contains(m.Title+m.Issuer, "国务院") || strings.HasSuffix(m.Issuer, "部")
	return r, r.Level == 0 && !national, err
}

// reason of a file error in Chinese.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "没有这个文件或文件夹"
	case errors.Is(err, fs.ErrPermission):
		return "没有读取权限"
	default:
		return "读取出错"
	}
}
