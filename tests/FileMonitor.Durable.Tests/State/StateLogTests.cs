using FileMonitor.Durable.Journal;
using FileMonitor.Tests;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>What the log says of a state that is opened.</summary>
public sealed class StateLogTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly CapturingLog _log = new();

    public void Dispose()
    {
        _host.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("", "(unnamed)")]
    [InlineData("uploads", "uploads")]
    public async Task A_monitor_without_a_name_has_one_in_the_log(string name, string said)
    {
        _host.Components = components => (components.LoggerFactory, components.Name) = (_log, name);

        await _host.RunAsync(static () => { });

        _log.Messages.Should().Contain($"The durable state of {said} is open; records: 0, of them applied to the baseline now: 0");
    }

    [Theory]
    [InlineData("process 7", 0, "The process before (process 7) did not close the journal.")]
    [InlineData("process 7", 1, "The process before (process 7) did not close the journal; 1 byte behind its last record was left out.")]
    [InlineData(null, 1200, "The process before (unknown) did not close the journal; 1200 bytes behind its last record were left out.")]
    public void Bytes_are_said_to_be_left_out_when_there_are_any(string? by, long bytes, string said) =>
        new JournalRecovery(IsNew: false, by, RecordCount: 9, bytes, RewrittenRecords: 0).Describe().Should().Be(said);
}
