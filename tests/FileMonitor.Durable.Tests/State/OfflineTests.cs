using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Changes of all kinds while no monitor runs: the events of all runs add up to the disk, and none contradicts the ones before it.</summary>
public sealed class OfflineTests : IDisposable
{
    private readonly DurableHost _host = new();

    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(2, 1_000)]
    [InlineData(3, 100)]
    public async Task Random_changes_while_stopped_are_told_at_the_next_start(int seed, int changes)
    {
        var writer = new RandomWriter(_host.Root, seed);
        var told = new List<AuditEvent>();
        for (var run = 0; run < 5; run++)
        {
            var events = await _host.RunAsync();
            events.Should().NotContain(one => one.Origin != AuditEventOrigin.Offline);
            told.AddRange(events);
            for (var change = 0; change < changes / 5; change++)
            {
                writer.Step();
            }
        }

        told.AddRange(await _host.RunAsync());

        told.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, told.Count).Select(number => (long)number));
        DirectoryReplay.Replay(told).Should().BeEquivalentTo(DirectoryReplay.OnDisk(_host.Root));
        (await _host.RunAsync()).Should().BeEmpty("all of it was told");
    }

    [Fact]
    public async Task With_content_compared_a_change_that_no_metadata_shows_is_found()
    {
        await _host.RunAsync(() => _host.Write("f", "one"));
        _host.ConfigureState = state => state.CompareContentAtStart = true;

        (await _host.RunAsync()).Should().BeEmpty("the content is the same");
    }

    /// <summary>Whatever comes first, the touch, the comparison that the start makes, or the event of what it found.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2000)]
    public async Task Who_touches_a_file_after_the_start_does_not_get_what_was_changed_before(int directories)
    {
        var last = $"{directories:d4}/f";
        await _host.RunAsync(() =>
        {
            for (var directory = 1; directory <= directories; directory++)
            {
                _host.Write($"{directory:d4}/f", "one");
            }
        });
        for (var run = 0; run < 5; run++)
        {
            _host.Write(last, $"changed while stopped {run}");

            var told = await _host.RunAsync(() => File.SetLastWriteTimeUtc(_host.PathOf(last), DateTime.UtcNow), isCompared: false);

            told.Where(one => one.ChangedAttributes.HasFlag(ItemAttributes.Content)).Select(DurableHost.Describe).Should().Equal($"Modified Offline {last}");
        }
    }

    /// <summary>The source compares, too, and may come to it first.</summary>
    [Fact]
    public async Task What_a_polling_source_finds_first_was_made_before_as_well()
    {
        _host.Configure = options => options.Source = ChangeSourceKind.Polling;
        await _host.RunAsync();
        for (var run = 0; run < 20; run++)
        {
            var file = $"f{run}";
            _host.Write(file, "x");

            (await _host.RunAsync()).Select(DurableHost.Describe).Should().Equal($"Created Offline {file}");
        }
    }

    /// <summary>The system says so after the start: a child process that is being started may keep what its parent closes open for a moment.</summary>
    [Fact]
    public async Task A_file_from_before_the_start_that_is_closed_after_it_was_made_before()
    {
        await _host.RunAsync();
        for (var run = 0; run < 20; run++)
        {
            var file = $"f{run}";
            using var open = new FileStream(_host.PathOf(file), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            open.WriteByte(1);

            var told = await _host.RunAsync(open.Dispose, isCompared: false);

            told.Select(DurableHost.Describe).Should().Equal($"Created Offline {file}");
        }
    }

    public void Dispose() => _host.Dispose();
}
