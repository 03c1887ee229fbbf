using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class HashListingTests
{
    [Theory]
    [InlineData(ChecksumStatus.Unreadable, "no permission", ExitCode.Failed, "cannot be read: no permission")]
    [InlineData(ChecksumStatus.Locked, "Too many open files", ExitCode.Failed, "cannot be opened at the moment: Too many open files")]
    [InlineData(ChecksumStatus.Locked, null, ExitCode.Failed, "in use by another process")]
    [InlineData(ChecksumStatus.Vanished, null, ExitCode.Failed, "no such file or directory")]
    [InlineData(ChecksumStatus.Vanished, "No such file or directory", ExitCode.Failed, "no such file or directory")]
    [InlineData(ChecksumStatus.Vanished, "Not a directory", ExitCode.Failed, "no such file or directory: Not a directory")]
    [InlineData(ChecksumStatus.Unstable, null, ExitCode.Failed, "kept changing while it was read")]
    [InlineData(ChecksumStatus.TooLarge, null, ExitCode.Done, "left out, larger than --max-file-size")]
    public async Task What_has_no_sum_is_named_with_the_reason(ChecksumStatus status, string? detail, int expected, string reason)
    {
        var (code, output, error) = await ListAsync(["."], new FileHash("./x\n", status, detail: detail));

        Assert.Equal(expected, code);
        Assert.Equal($@"filemonitor: ""./x\n"": {reason}{Environment.NewLine}", error);
        Assert.Empty(output);
    }

    [Fact]
    public async Task A_pipe_is_a_failure_only_for_who_named_it()
    {
        var pipe = new FileHash("./pipe", ChecksumStatus.NotApplicable);

        Assert.Equal(ExitCode.Failed, (await ListAsync(["./pipe"], pipe)).Code);
        Assert.Equal((ExitCode.Done, "", ""), await ListAsync(["."], pipe));
    }

    private static async Task<(int Code, string Output, string Error)> ListAsync(string[] given, params FileHash[] hashes)
    {
        var output = new MemoryStream();
        var error = new StringWriter();
        var streams = new StandardStreams(output, error, Terminal.None, Terminal.None);
        var code = await new HashListing(streams, OutputFormat.Text, given, () => 0).WriteAsync(hashes.ToAsyncEnumerable());
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}
