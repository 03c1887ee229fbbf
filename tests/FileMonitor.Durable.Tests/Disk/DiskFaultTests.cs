using FileMonitor.Durable.Tests.State;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Disk;

/// <summary>
/// The disk fails below the state directory of a process, for every call of the process, whether it comes from the journal, from the places of consumers or from
/// SQLite. Each fault is told, none ends the monitor, and when it is over nothing is missing.
/// </summary>
public sealed class DiskFaultTests : IDisposable
{
    private const int InputOutput = 5;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const string All = "write,sync,rename,unlink,create,truncate";

    private readonly DurableHost _host = new();
    private readonly FaultyDisk _disk;

    public DiskFaultTests() => _disk = new FaultyDisk(_host);

    [Theory]
    [InlineData(InputOutput, "write", "*", "402")]
    [InlineData(InputOutput, "sync", "*", "402")]
    [InlineData(NoSpace, "write,create,truncate", "*", "402")]
    [InlineData(ReadOnly, All, "*", "402")]
    [InlineData(InputOutput, "write,sync,rename,create", ".ndjson", "402")]
    [InlineData(InputOutput, All, ".checkpoint", "403")]
    [InlineData(InputOutput, All, "cursors.json", "407")]
    public async Task A_fault_of_the_disk_is_told_and_nothing_is_missing_when_it_is_over(int error, string operations, string name, string log)
    {
        FaultyDisk.Require();
        using (var process = HostProcess.Start(_host, environment: _disk.Environment()))
        {
            await process.BecomesReadyAsync();
            Write(from: 0);
            _disk.Fail(error, operations, name);
            Write(from: 100);

            // The consumer acknowledges and a checkpoint comes due within a second, if neither is needed at once.
            await process.UntilErrorAsync(log);
            _disk.Refused.Should().BePositive();
            _disk.Work();
            await process.UntilHealthAsync("well");
            Write(from: 200);
            await process.StopAsync();
        }

        await HostProcess.RunInOrderAsync(_host);
        ToldEvents.Check(_host, "the disk is well again").Should().HaveCountGreaterThanOrEqualTo(300);
    }

    [Theory]
    [InlineData(InputOutput, "write")]
    [InlineData(InputOutput, "sync,write")]
    [InlineData(NoSpace, "write,truncate")]
    [InlineData(ReadOnly, All)]
    public async Task While_the_baseline_cannot_be_written_health_says_so_and_events_go_on(int error, string operations)
    {
        FaultyDisk.Require();
        using (var process = HostProcess.Start(_host, environment: _disk.Environment()))
        {
            await process.BecomesReadyAsync();
            _disk.Fail(error, operations, "baseline.db");
            Write(from: 0);
            (await process.UntilHealthAsync("The baseline")).Should().Contain("SQLite");
            await _host.UntilConsumedAsync("f99");
            _disk.Work();
            await process.UntilHealthAsync("well");
            Write(from: 100);
            await process.StopAsync();
        }

        await HostProcess.RunInOrderAsync(_host);
        var events = ToldEvents.Check(_host, "the disk is well again");
        events.Should().NotContain(one => one.Gap != null).And.HaveCountGreaterThanOrEqualTo(200);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("baseline.db")]
    [InlineData(".ndjson")]
    public async Task A_process_that_is_killed_while_the_disk_fails_has_lost_nothing_that_was_told(string name)
    {
        FaultyDisk.Require();
        using (var process = HostProcess.Start(_host, environment: _disk.Environment()))
        {
            await process.BecomesReadyAsync();
            Write(from: 0);
            await _host.UntilConsumedAsync("f50");
            _disk.Fail(InputOutput, "write,sync", name);
            Write(from: 100);
            await process.UntilHealthAsync("The ");
            await process.KillAfterAsync(TimeSpan.Zero);
        }

        _disk.Work();
        await HostProcess.RunInOrderAsync(_host);
        ToldEvents.Check(_host, "it was killed").Should().NotContain(one => one.Gap != null).And.HaveCountGreaterThanOrEqualTo(200);
    }

    [Theory]
    [InlineData(InputOutput, "create", "*")]
    [InlineData(InputOutput, "write", "*")]
    [InlineData(InputOutput, "sync", "*")]
    [InlineData(NoSpace, "write", "baseline.db")]
    [InlineData(ReadOnly, All, "*")]
    [InlineData(ReadOnly, All, "baseline.db")]
    public async Task A_start_on_a_disk_that_fails_is_refused_with_the_reason_and_the_next_one_works(int error, string operations, string name)
    {
        FaultyDisk.Require();
        await HostProcess.RunInOrderAsync(_host);
        Write(from: 0);
        File.Delete(Path.Join(_host.State, "journal.lock"));
        _disk.Fail(error, operations, name);
        using (var process = HostProcess.Start(_host, environment: _disk.Environment()))
        {
            (await process.ReadLineAsync()).Should().StartWith("refused ").And.Contain(_host.State);
            await process.WaitForExitAsync();
            _disk.Refused.Should().BePositive();
        }

        _disk.Work();
        await HostProcess.RunInOrderAsync(_host);
        ToldEvents.Check(_host, "the start was refused").Should().HaveCount(100).And.OnlyContain(one => one.Origin == AuditEventOrigin.Offline);
    }

    public void Dispose() => _host.Dispose();

    private void Write(int from)
    {
        for (var file = from; file < from + 100; file++)
        {
            _host.Write($"f{file}", "x");
        }
    }
}
