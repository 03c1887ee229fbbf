using System.Buffers;

namespace FileMonitor.Sinks;

/// <summary>What sinks that send batches by HTTP have in common.</summary>
public abstract class HttpSinkOptions
{
    private protected HttpSinkOptions(TlsOptions tls, Action<IBufferWriter<byte>, AuditEvent> writeEvent) => (Tls, WriteEvent) = (tls, writeEvent);

    /// <summary>
    /// Where to: an absolute URI of the scheme <c>https</c>, or <c>http</c> for a receiver on this machine (<c>localhost</c>, <c>127.0.0.1</c>, <c>::1</c>). No user and no password in it: URIs end up in logs. Required.
    /// </summary>
    public Uri? Uri { get; set; }

    /// <summary>Whether <see cref="Uri"/> may have the scheme <c>http</c> for another machine. Default false: events and credentials would cross the network for all to read.</summary>
    public bool AllowsPlainHttp { get; set; }

    /// <summary>TLS to the receiver. Its files are read when the sink is created.</summary>
    public TlsOptions Tls { get; }

    /// <summary>
    /// Gives the value of the header <c>Authorization</c> for each request, such as <c>ApiKey …</c> or <c>Bearer …</c>. Null (the default) for none. May throw; then the batch fails, and the message of the
    /// exception is in no log.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? GetAuthorization { get; set; }

    /// <summary>How long a request may take. From 100 ms to 10 minutes, default 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Writes one event as one value of JSON on one line; a line feed at its end is left out. The package FileMonitor.Schemas has several.</summary>
    public Action<IBufferWriter<byte>, AuditEvent> WriteEvent { get; set; }

    /// <summary>Makes what sends requests, for a proxy or a test. Null (the default) for a handler with <see cref="Tls"/> that follows no redirection. The sink disposes it.</summary>
    public Func<HttpMessageHandler>? CreateHandler { get; set; }

    /// <summary>Everything that is wrong with these options, one sentence each; empty when they are good.</summary>
    public IReadOnlyList<string> GetErrors()
    {
        var errors = new OptionErrors();
        AddErrors(errors);
        return errors;
    }

    private protected virtual void AddErrors(OptionErrors errors)
    {
        if (Uri is not { IsAbsoluteUri: true } uri || uri.Scheme is not ("https" or "http"))
        {
            errors.Add("Uri is no absolute URI of the scheme https or http.");
        }
        else
        {
            errors.Check(uri.Scheme == "https" || uri.IsLoopback || AllowsPlainHttp, "Uri has the scheme http, and is not of this machine: use https, or set AllowsPlainHttp.");
            errors.Check(uri.UserInfo.Length == 0, "Uri has a user or a password in it: use GetAuthorization.");
        }

        errors.CheckTimeout(Timeout);
        errors.Check(WriteEvent is not null, "WriteEvent is null.");
        errors.AddRange(Tls.GetErrors());
    }

    private protected void CopyTo(HttpSinkOptions copy) =>
        (copy.Uri, copy.AllowsPlainHttp, copy.GetAuthorization, copy.Timeout, copy.CreateHandler) = (Uri, AllowsPlainHttp, GetAuthorization, Timeout, CreateHandler);
}
