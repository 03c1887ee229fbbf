using FileMonitor.Extending;
using FluentAssertions;

namespace FileMonitor.Durable.Tests.State;

/// <summary>A directory that is watched, and the state of its monitor beside it, over several runs of monitors.</summary>
internal sealed class DurableHost : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-durable-");

    public DurableHost()
    {
        Root = Directory.CreateDirectory(Path.Join(_home.FullName, "root")).FullName;
        State = Path.Join(_home.FullName, "state");
    }

    public string Root { get; }

    public string State { get; set; }

    public Action<FileMonitorOptions> Configure { get; set; } = static _ => { };

    public Action<FileMonitorComponents> Components { get; set; } = static _ => { };

    public Action<DurableStateOptions> ConfigureState { get; set; } = static _ => { };

    public FileSystemMonitor Make() => FileSystemMonitor.Create(
        options =>
        {
            options.AddRoot(Root);
            options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(30);

            // How fast the disk is is not asked here: one flush to a busy one took a second, and a run makes a hundred.
            options.FlushTimeout = options.ShutdownTimeout = TimeSpan.FromHours(1);
            Configure(options);
        },
        components =>
        {
            Components(components);
            components.UseDurableState(state =>
            {
                state.Directory = State;
                ConfigureState(state);
            });
        });

    /// <summary>One run: starts a monitor, does something, flushes, stops it.</summary>
    /// <param name="act">What it does.</param>
    /// <param name="leavesFiles">Whether the flush leaves files behind.</param>
    /// <param name="isCompared">Whether that is done when the tree was compared with what the run before knew.</param>
    /// <returns>What it told, as JSON.</returns>
    public async Task<IReadOnlyList<AuditEvent>> RunAsync(Func<Task>? act = null, bool leavesFiles = false, bool isCompared = true)
    {
        var told = new List<AuditEvent>();
        await using var monitor = Make();
        var reading = ReadAsync(monitor.ReadAllAsync(), told);
        await monitor.StartAsync();
        if (act is not null && isCompared)
        {
            await monitor.FlushAsync();
        }

        await (act?.Invoke() ?? Task.CompletedTask);
        var flushed = await monitor.FlushAsync();
        flushed.IsComplete.Should().Be(!leavesFiles);
        await monitor.StopAsync();
        await reading;
        return told;
    }

    public Task<IReadOnlyList<AuditEvent>> RunAsync(Action act, bool isCompared = true) => RunAsync(
        () =>
        {
            act();
            return Task.CompletedTask;
        },
        isCompared: isCompared);

    public string PathOf(string path) => Path.Join(Root, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
    }

    public void Dispose() => _home.Delete(recursive: true);

    public static async Task ReadAsync(IAsyncEnumerable<AuditEvent> events, List<AuditEvent> into)
    {
        await foreach (var one in events)
        {
            into.Add(one);
        }
    }

    /// <summary>As "Created Live a" or "Renamed Offline b from a".</summary>
    public static string Describe(AuditEvent one) =>
        $"{one.Kind} {one.Origin} {one.RelativePath}{(one.OldRelativePath is null ? "" : " from " + one.OldRelativePath)}";
}
