// What a sample may use without declaring it. A sample that declares its own hides these.
global using FileMonitor;
global using FileMonitor.Extending;
global using Xunit;
global using static Samples.Context;

namespace Samples;

internal static class Context
{
    public static FileSystemMonitor monitor => throw new NotSupportedException();

    public static FileMonitorOptions options => throw new NotSupportedException();

    public static FileMonitorComponents components => throw new NotSupportedException();

    public static AuditEvent auditEvent => throw new NotSupportedException();

    public static Microsoft.Extensions.DependencyInjection.IServiceCollection services => throw new NotSupportedException();

    public static Microsoft.Extensions.Configuration.IConfiguration configuration => throw new NotSupportedException();

    public static CancellationToken cancellationToken => CancellationToken.None;
}

/// <summary>A sink the host wrote.</summary>
internal sealed class UploadSink : IAuditEventSink
{
    public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken) => Task.CompletedTask;
}
