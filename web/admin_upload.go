package web

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"xiaohe/knowledge"
)

// Bounds of an upload; our own rule set has 60 files and 400 kB, 60 kB when compressed.
const (
	maxUpload      = 8 << 20  // bytes of the request
	maxUnpacked    = 16 << 20 // bytes of all files of an archive
	maxUploadFiles = 500
	maxNote        = 200 // characters
	uploadWithin   = 10 * time.Minute
)

// upload is what an officer sent: a whole rule set, or single files that take their places in the active one.
type upload struct {
	files   fstest.MapFS
	changed []string // names of the single files, and what became of each; nil for a whole set
	note    string
}

func refuse(format string, args ...any) error {
	return &knowledge.InputError{Message: fmt.Sprintf(format, args...)}
}

// readUpload reads the form; active are the files of the rule set in force.
func readUpload(w http.ResponseWriter, r *http.Request, active func() (fs.FS, error)) (upload, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadWithin))
	sent, note, err := readForm(r)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return upload{}, refuse("上传的文件太大了（最多 %d MB），请只传规则文件夹", maxUpload>>20)
	case err != nil:
		return upload{}, err
	case len(sent) == 0:
		return upload{}, refuse("请先选要上传的文件")
	case len([]rune(note)) > maxNote:
		return upload{}, refuse("说明太长了，请写在 %d 个字以内", maxNote)
	}
	u := upload{note: note}
	if slices.ContainsFunc(sent, func(f sentFile) bool { return path.Ext(f.name) == ".zip" }) {
		if len(sent) > 1 {
			return upload{}, refuse("请只传一个压缩包，或者只传 .yaml 文件，不要混着传")
		}
		u.files, err = unpack(sent[0].data)
		return u, err
	}
	base, err := active()
	if err != nil {
		return upload{}, err
	}
	u.files, u.changed, err = replaceFiles(base, sent)
	return u, err
}

type sentFile struct {
	name string // without folders
	data []byte
}

// readForm reads the parts of a multipart form without temporary files.
func readForm(r *http.Request) (files []sentFile, note string, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, "", errMalformed
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return files, strings.TrimSpace(note), nil
		}
		if err != nil {
			return nil, "", formError(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, "", formError(err)
		}
		_, params, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		name := path.Base(strings.ReplaceAll(params["filename"], `\`, "/"))
		switch {
		case part.FormName() == "note":
			note = string(data)
		case part.FormName() != "files" || params["filename"] == "": // a browser sends one nameless file for none
		case path.Ext(name) != ".yaml" && path.Ext(name) != ".zip":
			return nil, "", refuse("“%s”不是规则文件，只收 .yaml 文件，或者整个规则文件夹压成的 .zip", clipName(name))
		default:
			files = append(files, sentFile{name, data})
		}
	}
}

// formError keeps the error of a request that is too large, and calls anything else malformed.
func formError(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) {
		return err
	}
	return errMalformed
}

// clipName keeps a name from outside short enough to be shown back.
func clipName(name string) string {
	if runes := []rune(name); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return name
}

// unpack reads the YAML files of an archive into memory. No name of an archive ever becomes a path on this machine;
// names that try are refused all the same.
func unpack(data []byte) (fstest.MapFS, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, refuse("这个压缩包打不开，请重新压缩成 .zip 再传")
	}
	files, left := fstest.MapFS{}, int64(maxUnpacked)
	for _, member := range archive.File {
		name, ok := memberName(member)
		switch {
		case !ok:
			return nil, refuse("压缩包里有不安全的文件名“%s”，没有收。请只压缩规则文件夹", clipName(name))
		case path.Ext(name) != ".yaml" || strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(name, "__MACOSX/") || !member.Mode().IsRegular():
			continue
		case len(files) == maxUploadFiles:
			return nil, refuse("压缩包里的规则文件超过 %d 个", maxUploadFiles)
		case files[name] != nil:
			return nil, refuse("压缩包里有两个“%s”", clipName(name))
		}
		text, err := readMember(member, left)
		if err != nil {
			return nil, err
		}
		left -= int64(len(text))
		files[name] = &fstest.MapFile{Data: text}
	}
	if len(files) == 0 {
		return nil, refuse("压缩包里没有 .yaml 规则文件")
	}
	return fromRoot(files), nil
}

// memberName is a member's path with slashes; false where it leads out of the archive. Windows writes names in GBK.
func memberName(member *zip.File) (string, bool) {
	name := member.Name
	if member.NonUTF8 {
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			name = decoded
		}
	}
	name = strings.ReplaceAll(name, `\`, "/")
	return name, fs.ValidPath(strings.TrimSuffix(name, "/")) && !strings.Contains(name, ":")
}

func readMember(member *zip.File, left int64) ([]byte, error) {
	if member.Flags&1 != 0 {
		return nil, refuse("压缩包加了密码，请去掉密码再传")
	}
	reader, err := member.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, refuse("这个压缩包用了读不了的压缩方式，请用系统自带的“压缩”功能")
	}
	if err != nil {
		return nil, refuse("这个压缩包坏了，请重新压缩再传")
	}
	defer func() { _ = reader.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(reader, left+1))
	switch {
	case int64(len(text)) > left: // what the archive says of its sizes proves nothing
		return nil, refuse("压缩包里的文件加起来超过 %d MB", maxUnpacked>>20)
	case err != nil:
		return nil, refuse("这个压缩包坏了，请重新压缩再传")
	}
	return text, nil
}

// fromRoot takes off the folder that holds facts.yaml: archives are made of the folder as often as of what is in it.
func fromRoot(files fstest.MapFS) fstest.MapFS {
	root, found := "", false
	for name := range files {
		if folder, base := path.Split(name); base == "facts.yaml" && (!found || len(folder) < len(root)) {
			root, found = folder, true
		}
	}
	inside := fstest.MapFS{}
	for name, file := range files {
		if rest, ok := strings.CutPrefix(name, root); ok {
			inside[rest] = file
		}
	}
	return inside
}

// replaceFiles puts single files into a rule set.
func replaceFiles(base fs.FS, sent []sentFile) (files fstest.MapFS, changed []string, err error) {
	files = fstest.MapFS{}
	err = fs.WalkDir(base, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(base, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the active rule set: %w", err)
	}
	have := len(files)
	taken := map[string]bool{}
	for _, f := range sent {
		name := placeOf(f, files)
		switch old := files[name]; {
		case taken[name]:
			return nil, nil, refuse("传了两个“%s”，请只传一个", name)
		case old == nil:
			changed = append(changed, "新增 "+name)
		case bytes.Equal(old.Data, f.data):
			changed = append(changed, name+"（和现在的一样）")
		default:
			changed = append(changed, "换了 "+name)
		}
		taken[name] = true
		files[name] = &fstest.MapFile{Data: f.data}
	}
	if len(files) > max(have, maxUploadFiles) {
		return nil, nil, refuse("规则文件超过 %d 个", maxUploadFiles)
	}
	return files, changed, nil
}

var (
	tables     = []string{"facts.yaml", "regions.yaml", "standards.yaml"}
	ruleKey    = regexp.MustCompile(`(?m)^(?:编号|改):`)
	ruleRegion = regexp.MustCompile(`(?m)^地区:[ \t]*["']?(\d{6})`)
	ruleCases  = regexp.MustCompile(`(?m)^- `)
)

// placeOf finds where in a rule set a file belongs that came without its folder: rules by their region, precedents
// with the others. A file whose text does not tell takes the place of the one of its name.
func placeOf(f sentFile, files fstest.MapFS) string {
	region := ruleRegion.FindSubmatch(f.data)
	switch {
	case slices.Contains(tables, f.name):
		return f.name
	case ruleKey.Match(f.data) && region != nil && string(region[1]) == knowledge.Country:
		return "national/" + f.name
	case ruleKey.Match(f.data) && region != nil:
		return "local/" + string(region[1]) + "/" + f.name
	case !ruleKey.Match(f.data) && ruleCases.Match(f.data):
		return "cases/" + f.name
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Base(name) == f.name {
			return name
		}
	}
	return "national/" + f.name
}
