using System.Collections.Concurrent;
using FileMonitor.Extending;
using FileMonitor.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace FileMonitor.Hosting.Tests;

/// <summary>A real host, built as a program builds it, that logs into memory.</summary>
internal static class TestHost
{
    // Long enough for a machine that is busy with something else; a test that gets here is wrong.
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    // A wait that never ends shows as one, instead of being cut off after the usual half minute; and yet a test that failed ends.
    private static readonly TimeSpan LongestStop = 2 * Deadline;

    public static HostApplicationBuilder Create(string? contentRoot = null, params string[] args)
    {
        // Watching the settings takes a watcher of the system for each host, and there are not many.
        var settings = new HostApplicationBuilderSettings { Args = ["--hostBuilder:reloadConfigOnChange=false", .. args], ContentRootPath = contentRoot };
        var builder = Host.CreateApplicationBuilder(settings);
        builder.Logging.ClearProviders().AddProvider(new MemoryLog());
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = LongestStop);
        return builder;
    }

    /// <summary>A monitor over a tree in memory, which says everything to a required sink. Nothing is due before an hour, or before a stop.</summary>
    public static IFileMonitorBuilder AddScripted(this IServiceCollection services, ScriptedTree tree, string name = "", IAuditEventSink? sink = null)
    {
        var parts = tree.Use(new FileMonitorComponents());
        var builder = services.AddFileMonitor(name, options =>
        {
            options.AddRoot(tree.Root);
            options.Debounce.QuietPeriod = options.Debounce.MaxDelay = TimeSpan.FromHours(1);
            options.ShutdownTimeout = options.Sinks.WriteTimeout = options.Readers.Patience = LongestStop;
            options.Recovery.ReconcileInterval = TimeSpan.Zero;
            options.Recovery.RootCheckInterval = TimeSpan.FromHours(1);
        });
        builder.UseSource(_ => parts.Source!()).UseFileView(_ => parts.FileView!);
        return sink is null ? builder : builder.AddSink(_ => sink, SinkPromise.Required);
    }

    public static FileSystemMonitor Monitor(this IHost host, string name = "") =>
        name.Length == 0 ? host.Services.GetRequiredService<FileSystemMonitor>() : host.Services.GetRequiredKeyedService<FileSystemMonitor>(name);

    public static MonitorState State(this IHost host, string name = "") => host.Monitor(name).GetHealth().State;

    public static MemoryLog Log(this IHost host) => (MemoryLog)host.Services.GetServices<ILoggerProvider>().Single(provider => provider is MemoryLog);

    public static Task StartWithinAsync(this IHost host) => host.StartAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);

    public static Task StopWithinAsync(this IHost host) => host.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);
}

/// <summary>Keeps the names of what was logged.</summary>
internal sealed class MemoryLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Name)> Entries { get; } = new();

    public ConcurrentQueue<string> Messages { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Messages.Enqueue(formatter(state, exception));
        Entries.Enqueue((logLevel, eventId.Name ?? ""));
    }

    public void Dispose()
    {
    }
}

/// <summary>A directory on the real disk.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("filemonitor-hosting-");

    public string Root => _directory.FullName;

    public string PathOf(string relativePath) => Path.Join(Root, relativePath);

    public void Dispose() => _directory.Delete(recursive: true);
}
