namespace FileMonitor;

/// <summary>Stub while the pipeline is being written.</summary>
public sealed class FileSystemMonitor : IAsyncDisposable, IDisposable
{
    public string Name => throw new NotImplementedException();
    public static FileSystemMonitor Create(Action<FileMonitorOptions> configure, Action<FileMonitorComponents>? components = null) => throw new NotImplementedException();
    internal static FileSystemMonitor Create(FileMonitorOptions options, FileMonitorComponents components) => throw new NotImplementedException();
    public Task StartAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public Task StopAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public IAsyncEnumerable<AuditEvent> ReadAllAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public MonitorHealth GetHealth() => throw new NotImplementedException();
    public ValueTask DisposeAsync() => throw new NotImplementedException();
    public void Dispose() => throw new NotImplementedException();
}
