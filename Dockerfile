# Builds the program alone; docker-compose.yml puts it beside PostgreSQL with pgvector.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /xiaohe .

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /xiaohe /xiaohe
EXPOSE 8080
ENTRYPOINT ["/xiaohe"]
CMD ["serve", "--listen", ":8080"]
