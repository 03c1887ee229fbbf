using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>What only a real source can measure.</summary>
public sealed class MetricsTests
{
    private const int Directories = 40;

    [Theory]
    [MemberData(nameof(TestSources.Native), MemberType = typeof(TestSources))]
    public async Task Watches_are_told_with_their_limit_and_hints_with_their_source(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        using var home = new TemporaryDirectory();
        for (var i = 0; i < Directories; i++)
        {
            Directory.CreateDirectory(Path.Join(home.Root, $"d{i}"));
        }

        using var measured = new LastValues();
        await using var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(home.Root);
                options.Source = source;
            },
            parts => parts.MeterFactory = measured);
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Join(home.Root, "d0", "f"), "1", TestContext.Current.CancellationToken);
        (await monitor.FlushAsync(TestContext.Current.CancellationToken)).Degradations.Should().BeEmpty();
        var before = measured.Read();

        before["filemonitor.watch.usage", source.ToString()].Should().BePositive();
        before["filemonitor.watch.limit", source.ToString()].Should().BeGreaterThan(before["filemonitor.watch.usage", source.ToString()]);
        before["filemonitor.source.event", source.ToString()].Should().BePositive();

        Directory.CreateDirectory(Path.Join(home.Root, "new"));
        Directory.Delete(Path.Join(home.Root, "d1"));
        Directory.CreateDirectory(Path.Join(home.Root, "newer"));
        await monitor.FlushAsync(TestContext.Current.CancellationToken);
        if (source == ChangeSourceKind.Inotify)
        {
            // One for each directory; for fanotify it depends on what is mounted.
            before["filemonitor.watch.usage", "Inotify"].Should().Be(Directories + 1);
            measured.Read()["filemonitor.watch.usage", "Inotify"].Should().Be(Directories + 2);
        }
    }

    /// <summary>A container's factory, and a listener to its meter alone.</summary>
    private sealed class LastValues : IMeterFactory
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<(string, string), long> _values = new();
        private Meter? _meter;

        public long this[string instrument, string tag] => _values[(instrument, tag)];

        public Meter Create(MeterOptions options)
        {
            _meter = new Meter(options);
            _listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter == _meter)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                foreach (var (key, tag) in tags)
                {
                    if (key != "filemonitor.name")
                    {
                        _values[(instrument.Name, $"{tag}")] = value;
                    }
                }
            });
            _listener.Start();
            return _meter;
        }

        public LastValues Read()
        {
            _listener.RecordObservableInstruments();
            return this;
        }

        public void Dispose()
        {
            _listener.Dispose();
            _meter?.Dispose();
        }
    }
}
