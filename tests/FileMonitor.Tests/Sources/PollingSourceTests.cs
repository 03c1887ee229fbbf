using FileMonitor.Extending;
using FileMonitor.Sources.Polling;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources;

public sealed class PollingSourceTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly MonitoredRoot Root = AwaitableWriter.Root("/one");

    private readonly FakeTimeProvider _time = new();
    private readonly AwaitableWriter _writer = new();
    private readonly PollingSource _source;

    public PollingSourceTests() => _source = new PollingSource(Interval, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.1, 2)]
    [InlineData(3, 30)]
    public async Task The_pause_is_the_interval_or_ten_times_what_the_last_comparison_took(double took, double pause)
    {
        var begun = new List<DateTimeOffset>();
        var second = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _writer.Compare = () =>
        {
            begun.Add(_time.GetUtcNow());
            _time.Advance(TimeSpan.FromSeconds(took));
            if (begun.Count == 2)
            {
                second.SetResult(true);
            }

            return Task.CompletedTask;
        };

        await _source.StartAsync([Root], _writer, Token);
        await AwaitableWriter.PassAsync(_time, TimeSpan.FromSeconds(0.1), _writer.HeardAsync("compare ''"));

        // In steps that are never longer than what is measured.
        await AwaitableWriter.PassAsync(_time, TimeSpan.FromSeconds(0.1), second.Task);
        (begun[1] - begun[0]).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(took + pause));
    }

    [Fact]
    public async Task Nothing_is_compared_before_the_first_interval_has_passed()
    {
        // The monitor reads everything itself when it starts, and when a root comes back.
        await _source.StartAsync([Root], _writer, Token);
        var begun = _time.GetUtcNow();

        await AwaitableWriter.PassAsync(_time, TimeSpan.FromSeconds(0.1), _writer.HeardAsync("compare"));

        (_time.GetUtcNow() - begun).Should().BeGreaterThanOrEqualTo(Interval);
    }

    [Fact]
    public async Task A_root_that_takes_long_does_not_hold_up_the_others()
    {
        var slow = new TaskCompletionSource();
        var calls = 0;
        _writer.Compare = () => Interlocked.Increment(ref calls) == 1 ? slow.Task : Task.CompletedTask;

        await _source.StartAsync([Root, AwaitableWriter.Root("/two")], _writer, Token);

        for (var i = 0; i < 3; i++)
        {
            _writer.Clear();
            await AwaitableWriter.PassAsync(_time, Interval, _writer.HeardAsync("compare"));
        }

        slow.SetResult();
    }

    [Fact]
    public async Task A_flush_is_a_comparison()
    {
        (await _source.FlushAsync(Root, Token)).Should().NotBeNull("it was not started");
        await _source.StartAsync([Root], _writer, Token);
        var compared = new TaskCompletionSource();
        _writer.Compare = () => compared.Task;

        var flush = _source.FlushAsync(Root, Token).AsTask();
        flush.IsCompleted.Should().BeFalse();
        compared.SetResult();

        (await flush).Should().BeNull();
    }

    [Fact]
    public async Task A_source_that_is_disposed_ends_in_the_middle_of_a_comparison()
    {
        _writer.Compare = () => new TaskCompletionSource().Task;
        await _source.StartAsync([Root], _writer, Token);
        await AwaitableWriter.PassAsync(_time, Interval, _writer.HeardAsync("compare"));

        await _source.DisposeAsync();
        await _source.DisposeAsync();

        _time.Advance(TimeSpan.FromHours(1));
        _writer.Lines.Should().ContainSingle();
    }
}
