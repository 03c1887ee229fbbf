using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Sources;
using FileMonitor.Sources.FileSystemWatchers;
using FileMonitor.Sources.Polling;
using FileMonitor.Sources.Selection;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources;

public sealed class AutoSourceTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-auto-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly AwaitableWriter _writer = new();
    private readonly CapturingLog _log = new();
    private readonly Dictionary<string, string> _silent = [];
    private readonly AutoSource _source;
    private readonly MonitoredRoot _local;
    private readonly MonitoredRoot _shared;

    public AutoSourceTests()
    {
        _source = Choosing(() => new FileSystemWatcherSource(Interval, _time, _log));
        _local = AwaitableWriter.Root(Directory.CreateDirectory(Path.Join(_home, "local")).FullName);
        _shared = AwaitableWriter.Root(Directory.CreateDirectory(Path.Join(_home, "shared")).FullName);
        _silent[_shared.Path] = "nfs4 reports no changes made by others";
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Each_root_gets_the_source_that_notices_its_changes_and_says_why()
    {
        await _source.StartAsync([_local, _shared], _writer, Token);

        _source.Name.Should().Be("FileSystemWatcher+Polling");
        _source.NameFor(_local).Should().Be("FileSystemWatcher");
        _source.ReasonFor(_local).Should().BeNull();
        _source.NameFor(_shared).Should().Be("Polling");
        _source.ReasonFor(_shared).Should().Contain("nfs4");
        _source.Problems.Should().BeEmpty();
        await AwaitableWriter.PassAsync(_time, Interval, _writer.HeardAsync("compare"));
        await File.WriteAllTextAsync(Path.Join(_local.Path, "f"), "", Token);
        await _writer.HeardAsync("Created f");
        (await _source.FlushAsync(_shared, Token)).Should().BeNull();
        _log.Names.Should().Equal("RootPolled");
    }

    [Fact]
    public async Task A_root_that_comes_back_on_another_file_system_changes_hands()
    {
        await _source.StartAsync([_local], _writer, Token);

        _silent[_local.Path] = "cifs reports no changes made by others";
        await _source.RearmAsync(_local, Token);
        _source.Name.Should().Be("Polling");
        _source.ReasonFor(_local).Should().Contain("cifs");
        await AwaitableWriter.PassAsync(_time, Interval, _writer.HeardAsync("compare"));

        _silent.Clear();
        await _source.RearmAsync(_local, Token);
        _source.Name.Should().Be("FileSystemWatcher");
        _writer.Clear();
        _time.Advance(TimeSpan.FromMinutes(1));
        await File.WriteAllTextAsync(Path.Join(_local.Path, "f"), "", Token);
        await _writer.HeardAsync("Created f");
        _writer.Lines.Should().NotContain(line => line.StartsWith("compare", StringComparison.Ordinal), "it is polled no more");
    }

    [Fact]
    public async Task A_root_that_comes_back_where_it_was_keeps_its_source()
    {
        Directory.Delete(_local.Path);
        await _source.StartAsync([_local], _writer, Token);
        await _source.Invoking(source => source.RearmAsync(_local, Token)).Should().ThrowAsync<IOException>();

        Directory.CreateDirectory(_local.Path);
        await _source.RearmAsync(_local, Token);

        await File.WriteAllTextAsync(Path.Join(_local.Path, "f"), "", Token);
        await _writer.HeardAsync("Created f");
    }

    [Fact]
    public async Task What_one_source_did_not_cover_ends_when_another_takes_over()
    {
        FileSystemWatcherSource? watching = null;
        await using var source = Choosing(() => watching = new FileSystemWatcherSource(Interval, _time, _log));
        await source.StartAsync([_local], _writer, Token);
        var watcher = watching!.WatcherOf(_local);
        watcher.HandleError(watcher.Armed!, new IOException("broken"));

        _silent[_local.Path] = "cifs reports no changes made by others";
        await source.RearmAsync(_local, Token);

        _writer.Lines.Should().Contain("covered SourceError ''");
        source.Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_required_source_is_not_replaced_by_another()
    {
        await using var source = Choosing(() => new FileSystemWatcherSource(Interval, _time, _log), ChangeSourceKind.FileSystemWatcher);

        var refused = (await source.Invoking(it => it.StartAsync([_local, _shared], _writer, Token)).Should().ThrowAsync<SourceUnavailableException>()).Which;

        refused.Root.Should().Be(_shared.Path);
        refused.RequiredSource.Should().Be(ChangeSourceKind.FileSystemWatcher);
        refused.Message.Should().Be($"'{_shared.Path}' cannot be watched with FileSystemWatcher, which is required: nfs4 reports no changes made by others");
        _log.Names.Should().BeEmpty();
    }

    [Fact]
    public async Task A_root_that_comes_back_where_the_required_source_cannot_be_used_stays_lost()
    {
        await using var source = Choosing(() => new FileSystemWatcherSource(Interval, _time, _log), ChangeSourceKind.FileSystemWatcher);
        await source.StartAsync([_local], _writer, Token);

        _silent[_local.Path] = "cifs reports no changes made by others";
        await source.Invoking(it => it.RearmAsync(_local, Token)).Should().ThrowAsync<SourceUnavailableException>();
        source.NameFor(_local).Should().Be("FileSystemWatcher");

        _silent.Clear();
        await source.RearmAsync(_local, Token);
        await File.WriteAllTextAsync(Path.Join(_local.Path, "f"), "", Token);
        await _writer.HeardAsync("Created f");
    }

    [Theory]
    [InlineData(ChangeSourceKind.FileSystemWatcher, "FileSystemWatcher")]
    [InlineData(ChangeSourceKind.Polling, "Polling")]
    public async Task The_options_name_the_source(ChangeSourceKind kind, string name)
    {
        var options = new FileMonitorOptions { Source = kind };
        await using var source = BuiltInSource.Make(options, _time, _log);
        source.Name.Should().Be(name, "it is to be that, as soon as there is a root");

        await source.StartAsync([new(0, _local.Path, _local.Path, IgnoreRules.None, RootSettings.Of(options, new RootOptions()))], _writer, Token);

        source.Name.Should().Be(name);
    }

    [Fact]
    public async Task Each_root_has_the_source_that_its_options_name()
    {
        var options = new FileMonitorOptions { Source = ChangeSourceKind.FileSystemWatcher };
        await using var source = BuiltInSource.Make(options, _time, _log);
        MonitoredRoot[] roots =
        [
            new(0, _local.Path, _local.Path, IgnoreRules.None, RootSettings.Of(options, new RootOptions { Source = ChangeSourceKind.Polling })),
            new(1, _shared.Path, _shared.Path, IgnoreRules.None, RootSettings.Of(options, new RootOptions())),
        ];

        await source.StartAsync(roots, _writer, Token);

        roots.Select(source.NameFor).Should().Equal("Polling", "FileSystemWatcher");
        source.Name.Should().Be("FileSystemWatcher+Polling");
    }

    private AutoSource Choosing(Func<IRootSource> watcher, ChangeSourceKind? required = null)
    {
        SourceCandidate[] candidates = [new(path => _silent.GetValueOrDefault(path), watcher), new(_ => null, () => new PollingSource(Interval, _time))];
        return new AutoSource(_ => (candidates, required), "Auto", _log);
    }
}
