# make          build ./xiaohe
# make test     everything that CI runs; installs what it needs (PostgreSQL with pgvector, Chromium, a Chinese font)
# make bench    the benchmarks whose figures stand in docs/

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.7.0

.PHONY: build test lint bench golden

build:
	go build -o xiaohe .

test: lint
	sh scripts/test-deps.sh
	go test -race -timeout 40m ./...

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	sh scripts/govulncheck.sh $(GOVULNCHECK)

bench:
	go test -run '^$$' -bench . -benchmem ./...

# Rewrites the golden tables after a change of ranking; look at the diff.
golden:
	go test ./assistant -run TestQuality -update
