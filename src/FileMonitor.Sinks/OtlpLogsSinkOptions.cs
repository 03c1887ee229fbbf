using System.Buffers;
using FileMonitor.JsonLines;
using FileMonitor.Schemas;

namespace FileMonitor.Sinks;

/// <summary>
/// The options of an <see cref="OtlpLogsSink"/>. Validated and copied when the sink is created. <see cref="HttpSinkOptions.Uri"/> is the endpoint without a signal's path, such as
/// <c>https://otel.example.com:4318</c>: <c>/v1/logs</c> is appended. <see cref="HttpSinkOptions.WriteEvent"/> writes the body of a log record; default: the JSON of the library.
/// </summary>
public sealed class OtlpLogsSinkOptions : HttpSinkOptions
{
    internal const string LogsPath = "/v1/logs";

    /// <summary>The default options.</summary>
    public OtlpLogsSinkOptions()
        : this(new TlsOptions(), AuditEventJson.WriteLine)
    {
    }

    private OtlpLogsSinkOptions(TlsOptions tls, Action<IBufferWriter<byte>, AuditEvent> writeEvent)
        : base(tls, writeEvent)
    {
    }

    /// <summary>
    /// What the resource of the log records says of the program and the machine: <see cref="SchemaContext.Product"/> is <c>service.name</c>, <see cref="SchemaContext.Version"/> <c>service.version</c>,
    /// <see cref="SchemaContext.HostName"/> <c>host.name</c>, and <see cref="SchemaContext.HostId"/>, if it is set, <c>host.id</c>. Default: <see cref="SchemaContext.Default"/>, of which <c>service.name</c>
    /// is <c>FileMonitor</c>.
    /// </summary>
    public SchemaContext Context { get; set; } = SchemaContext.Default;

    /// <summary>
    /// Gives further headers for each request, such as a key that the receiver wants to see. Null (the default) for none. May throw; then the batch fails, and the message of the exception is in no log.
    /// So it fails when a name or a value is none that a header can have: values are of printable ASCII. For <c>Authorization</c> there is <see cref="HttpSinkOptions.GetAuthorization"/>.
    /// </summary>
    public Func<CancellationToken, ValueTask<IReadOnlyDictionary<string, string>>>? GetHeaders { get; set; }

    /// <summary>Whether requests are compressed with gzip, which every OTLP receiver has to understand. Default false: it saves network and costs processor time.</summary>
    public bool UseGzip { get; set; }

    internal OtlpLogsSinkOptions Copy()
    {
        var copy = new OtlpLogsSinkOptions(Tls.Copy(), WriteEvent) { Context = Context, GetHeaders = GetHeaders, UseGzip = UseGzip };
        CopyTo(copy);
        return copy;
    }

    private protected override void AddErrors(OptionErrors errors)
    {
        base.AddErrors(errors);
        errors.Check(Context is not null, "Context is null.");
        if (Uri is { IsAbsoluteUri: true } uri)
        {
            errors.Check(uri.Query.Length == 0 && uri.Fragment.Length == 0, "Uri has a query or a fragment: give the endpoint alone.");
            errors.Check(!uri.AbsolutePath.TrimEnd('/').EndsWith(LogsPath, StringComparison.Ordinal), $"Uri ends in {LogsPath}, which is appended: give the endpoint without it.");
        }
    }
}
