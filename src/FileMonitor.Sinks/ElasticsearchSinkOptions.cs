using System.Buffers;
using FileMonitor.Schemas;

namespace FileMonitor.Sinks;

/// <summary>The options of an <see cref="ElasticsearchSink"/>. Validated and copied when the sink is created.</summary>
public sealed class ElasticsearchSinkOptions : HttpSinkOptions
{
    /// <summary>The default options.</summary>
    public ElasticsearchSinkOptions()
        : this(new TlsOptions(), static (output, auditEvent) => EcsJson.WriteLine(output, auditEvent))
    {
    }

    private ElasticsearchSinkOptions(TlsOptions tls, Action<IBufferWriter<byte>, AuditEvent> writeEvent)
        : base(tls, writeEvent)
    {
    }

    /// <summary>
    /// The index or data stream: 1 to 255 of a to z, digits, <c>-</c>, <c>_</c> and <c>.</c>, beginning with a letter or a digit. Default <c>logs-filemonitor.events-default</c>, a data stream where the
    /// built-in templates for logs are. Documents are in ECS unless <see cref="HttpSinkOptions.WriteEvent"/> is set; a data stream needs <c>@timestamp</c>, which ECS has.
    /// </summary>
    public string Index { get; set; } = "logs-filemonitor.events-default";

    internal ElasticsearchSinkOptions Copy()
    {
        var copy = new ElasticsearchSinkOptions(Tls.Copy(), WriteEvent) { Index = Index };
        CopyTo(copy);
        return copy;
    }

    private protected override void AddErrors(OptionErrors errors)
    {
        base.AddErrors(errors);
        errors.Check(
            Index is { Length: >= 1 and <= 255 } && Index.All(static one => one is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' or '.') && char.IsAsciiLetterOrDigit(Index[0]),
            "Index is not 1 to 255 of a to z, digits, '-', '_' and '.', beginning with a letter or a digit.");
    }
}
