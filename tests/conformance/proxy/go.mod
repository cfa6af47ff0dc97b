module nftools.local/conformance

go 1.25

require (
	cloud.google.com/go/bigtable v1.40.0
	github.com/googleapis/cloud-bigtable-clients-test v0.0.5
	google.golang.org/genproto/googleapis/rpc v0.0.0-20250818200422-3122310a409c
	google.golang.org/grpc v1.74.2
)

require (
	golang.org/x/net v0.47.0 // indirect
	golang.org/x/sys v0.38.0 // indirect
	golang.org/x/text v0.31.0 // indirect
	google.golang.org/genproto v0.0.0-20250603155806-513f23925822 // indirect
	google.golang.org/genproto/googleapis/api v0.0.0-20250818200422-3122310a409c // indirect
	google.golang.org/protobuf v1.36.11 // indirect
)
