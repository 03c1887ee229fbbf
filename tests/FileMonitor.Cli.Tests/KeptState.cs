using System.Text;
using FileMonitor.Durable;

namespace FileMonitor.Cli.Tests;

/// <summary>A directory that is watched, and the state of its monitor, on the real disk.</summary>
internal sealed class KeptState : IDisposable
{
    private readonly DirectoryInfo _home = System.IO.Directory.CreateTempSubdirectory("filemonitor-cli-");

    public KeptState(string root = "r") => Root = _home.CreateSubdirectory(root).FullName;

    public string Root { get; }

    public string Directory => PathOf("state");

    public string Anchors => PathOf("anchors");

    /// <summary>What else is set of the state.</summary>
    public Action<DurableStateOptions> ConfigureState { get; set; } = static _ => { };

    public string FirstKey => Path.Join(Directory, "journal.pub");

    public string PathOf(string name) => Path.Join(_home.FullName, name);

    /// <summary>Starts a monitor that keeps its state here.</summary>
    public async Task<FileSystemMonitor> StartAsync()
    {
        var monitor = Create();
        await monitor.StartAsync();
        return monitor;
    }

    /// <summary>What a run of the monitor tells while something is done.</summary>
    public async Task<IReadOnlyList<AuditEvent>> RunAsync(params string[] files)
    {
        await using var monitor = Create();
        var told = new List<AuditEvent>();

        // Before the start, which may tell something at once.
        var events = monitor.ReadAllAsync(CancellationToken.None);
        var reading = Task.Run(async () =>
        {
            await foreach (var auditEvent in events)
            {
                told.Add(auditEvent);
            }
        });
        await monitor.StartAsync();

        // What was made before is told first, and what is made now is told as that.
        await monitor.FlushAsync();
        foreach (var file in files)
        {
            await File.WriteAllTextAsync(Path.Join(Root, file), file);
        }

        await monitor.FlushAsync();
        await monitor.StopAsync();
        await reading;
        return told;
    }

    /// <summary>Changes one byte of the first record that has the text.</summary>
    public void Tamper(string text)
    {
        var segment = Path.Join(Directory, "000000000000.ndjson");
        var bytes = File.ReadAllBytes(segment);
        bytes[bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text))] ^= 0x20;
        File.WriteAllBytes(segment, bytes);
    }

    public static async Task<(int Code, string Output, string Error)> CommandAsync(Stream input, params string[] arguments)
    {
        var output = new MemoryStream();
        var error = new StringWriter { NewLine = "\n" };
        var code = await CommandLine.RunAsync(arguments, new StandardStreams(output, error, Terminal.None, Terminal.None) { OpenInput = () => input });
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    public static Task<(int Code, string Output, string Error)> CommandAsync(params string[] arguments) => CommandAsync(Stream.Null, arguments);

    public void Dispose() => _home.Delete(recursive: true);

    private FileSystemMonitor Create() => FileSystemMonitor.Create(
        options =>
        {
            options.AddRoot(Root);
            options.Source = ChangeSourceKind.Polling;
            options.Polling.Interval = TimeSpan.FromMilliseconds(50);
            options.Debounce.QuietPeriod = TimeSpan.Zero;
        },
        components => components.UseDurableState(options =>
        {
            options.Directory = Directory;
            options.Anchors.Add(new FileCheckpointAnchor(Anchors));
            ConfigureState(options);
        }));
}
