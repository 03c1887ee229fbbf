using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class VerificationTests
{
    [Fact]
    public void Every_difference_is_a_line_and_a_hostile_name_forges_none()
    {
        var said = Report(
            new FlushResult(7, ["Gap 1 is open."], ["'/r/big' is still being read."]),
            new VerifyResult(items: 1_234, checksums: 5, differenceCount: 2, [Difference(DifferenceKind.NotReported, "a\n\e[2J"), Difference(DifferenceKind.ContentDiffers, "b")], ["Cannot be read."]),
            out var differs);

        Assert.True(differs);
        Assert.Equal(
            [
                "filemonitor: flush: Gap 1 is open.",
                "filemonitor: flush: not reached in time: '/r/big' is still being read.",
                "filemonitor: not compared: Cannot be read.",
                $@"filemonitor: ""{Path.Join("/r", @"a\n\x1b[2J")}"": not reported. Both sides.",
                $"filemonitor: {Path.Join("/r", "b")}: content differs. Both sides.",
                "filemonitor: verified 1,234 items and 5 checksums: 2 differences, 1 problem; not everything was compared.",
            ],
            said);
    }

    [Fact]
    public void Problems_alone_are_said_and_are_no_difference()
    {
        var said = Report(new FlushResult(0, [], []), new VerifyResult(1, 0, 0, [], ["Cannot be read."]), out var differs);

        Assert.False(differs);
        Assert.Equal(["filemonitor: not compared: Cannot be read.", "filemonitor: verified 1 item and 0 checksums: 0 differences, 1 problem; not everything was compared."], said);
    }

    [Fact]
    public void Differences_beyond_the_list_are_counted() => Assert.Equal(
        "filemonitor: verified 1 item and 0 checksums: 3 differences, of which 2 are not listed, 0 problems.",
        Report(new FlushResult(0, [], []), new VerifyResult(1, 0, 3, [Difference(DifferenceKind.NotOnDisk, "a")], []), out _)[^1]);

    private static TreeDifference Difference(DifferenceKind kind, string path) => new(kind, "/r", path, "Both sides.");

    private static string[] Report(FlushResult flushed, VerifyResult compared, out bool differs)
    {
        var error = new StringWriter { NewLine = "\n" };
        var verification = new Verification(flushed, compared);
        verification.Report(new StandardStreams(Stream.Null, error, Terminal.None, Terminal.None));
        differs = verification.Differs;
        return error.ToString().TrimEnd('\n').Split('\n');
    }
}
