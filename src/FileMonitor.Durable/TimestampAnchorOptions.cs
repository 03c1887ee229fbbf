using System.Security.Cryptography.X509Certificates;

namespace FileMonitor.Durable;

/// <summary>The options of a <see cref="TimestampAnchor"/>. Validated and copied when the anchor is created.</summary>
public sealed class TimestampAnchorOptions
{
    /// <summary>
    /// Where the time-stamping authority answers: an absolute URI of the scheme <c>http</c> or <c>https</c>. With <c>http</c>, others on the network learn when checkpoints are made, and cannot
    /// forge a time stamp. No user and no password in it: URIs end up in logs. Required.
    /// </summary>
    public Uri? Uri { get; set; }

    /// <summary>
    /// The file of the checkpoints and their time stamps; made when it is missing, for its owner only. Its directory must be there. A relative path is made absolute when the anchor is created. It may be a file that
    /// only grows. Required.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>
    /// Whom to trust: the authority's own certificate, or root certificates to which its chain must lead. Empty (the default) for the roots of the system. A time stamp of anybody else is refused.
    /// </summary>
    public X509Certificate2Collection TrustedCertificates { get; init; } = [];

    /// <summary>
    /// How long at least from one time stamp to the next. Between them the newest checkpoint waits, and gets its time stamp at the end of the interval or when the monitor stops. What is recorded meanwhile can be
    /// cut off unnoticed, unless there is another anchor. From 0 (each checkpoint: one in 10 seconds or in 1,024 records) to 1 day, default 1 hour.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the authority may take for an answer. A stop of the monitor waits as long. From 100 ms to 10 minutes, default 10 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gives the value of the header <c>Authorization</c> for each request, such as <c>Basic …</c> or <c>Bearer …</c>. Null (the default) for none. Needs the scheme <c>https</c>, or an authority on this machine. May
    /// throw; then the checkpoint is not anchored, and the message of the exception is in no log.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? GetAuthorization { get; set; }

    /// <summary>Makes what sends a request, for a proxy, certificates of TLS or a test; disposed after the request. Null (the default) for a handler that follows no redirection.</summary>
    public Func<HttpMessageHandler>? CreateHandler { get; set; }

    /// <summary>Everything that is wrong with these options, one sentence each; empty when they are good.</summary>
    public IReadOnlyList<string> GetErrors()
    {
        var errors = new List<string>();
        if (Uri is not { IsAbsoluteUri: true } uri || uri.Scheme is not ("https" or "http"))
        {
            errors.Add("Uri is no absolute URI of the scheme http or https.");
        }
        else
        {
            Check(uri.UserInfo.Length == 0, "Uri has a user or a password in it: use GetAuthorization.");
            Check(GetAuthorization is null || uri.Scheme == "https" || uri.IsLoopback, "Uri has the scheme http, and is not of this machine: with GetAuthorization use https.");
        }

        Check(!string.IsNullOrWhiteSpace(Path), "Path is empty: say in which file the time stamps are kept.");
        Check(Interval >= TimeSpan.Zero && Interval <= TimeSpan.FromDays(1), $"Interval ({Interval}) is not from 0 to 1 day.");
        Check(Timeout >= TimeSpan.FromMilliseconds(100) && Timeout <= TimeSpan.FromMinutes(10), $"Timeout ({Timeout}) is not from 100 milliseconds to 10 minutes.");
        return errors;

        void Check(bool isRight, string error)
        {
            if (!isRight)
            {
                errors.Add(error);
            }
        }
    }

    internal TimestampAnchorOptions Copy() => new()
    {
        Uri = Uri,
        Path = Path,
        TrustedCertificates = [.. TrustedCertificates],
        Interval = Interval,
        Timeout = Timeout,
        GetAuthorization = GetAuthorization,
        CreateHandler = CreateHandler,
    };
}
