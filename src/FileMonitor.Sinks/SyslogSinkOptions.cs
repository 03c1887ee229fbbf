using System.Buffers;
using System.Text.Json.Serialization;
using FileMonitor.JsonLines;

namespace FileMonitor.Sinks;

/// <summary>How messages get to a syslog server.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SyslogTransport>))]
public enum SyslogTransport
{
    /// <summary>
    /// TCP, each message with its length before it (RFC 6587). The server acknowledges nothing: when a connection breaks, messages that were sent and not received are lost, and nobody knows which.
    /// </summary>
    Tcp,

    /// <summary>RELP, which acknowledges each message. After a break, messages without an acknowledgement are sent again, so the server may have one twice.</summary>
    Relp,
}

/// <summary>The options of a <see cref="SyslogSink"/>. Validated and copied when the sink is created.</summary>
public sealed class SyslogSinkOptions
{
    /// <summary>The server: a name or an address. Required.</summary>
    public string Host { get; set; } = "";

    /// <summary>The server's port, from 1 to 65,535. Default 0: 601 for TCP, 6514 for TCP with TLS, 2514 for RELP.</summary>
    public int Port { get; set; }

    /// <summary>How messages get there. Default <see cref="SyslogTransport.Relp"/>, which loses none.</summary>
    public SyslogTransport Transport { get; set; } = SyslogTransport.Relp;

    /// <summary>Whether the connection is encrypted (RFC 5425 for TCP). Default true. What files are called and who changed them is for nobody on the way.</summary>
    public bool UseTls { get; set; } = true;

    /// <summary>TLS, if it is used.</summary>
    public TlsOptions Tls { get; } = new();

    /// <summary>The facility of the messages, from 0 to 23. Default 13, log audit.</summary>
    public int Facility { get; set; } = 13;

    /// <summary>HOSTNAME of the messages: 1 to 255 printable ASCII characters without blanks. Default: the name of the machine.</summary>
    public string HostName { get; set; } = Environment.MachineName;

    /// <summary>APP-NAME of the messages: 1 to 48 printable ASCII characters without blanks. Default <c>filemonitor</c>.</summary>
    public string AppName { get; set; } = "filemonitor";

    /// <summary>How long a connection, and the acknowledgement of a message, may take. From 100 ms to 10 minutes, default 10 seconds. Afterwards the connection is given up, and the batch fails.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Writes MSG, the text of a message. Default <see cref="AuditEventJson.WriteLine"/>; the package FileMonitor.Schemas has others. A line feed at its end is left out. Servers cut what is longer than they
    /// allow (rsyslog: <c>$MaxMessageSize</c>, 8 KiB by default): an event has seldom more than 2 KiB, and with a text diff more.
    /// </summary>
    public Action<IBufferWriter<byte>, AuditEvent> WriteMessage { get; set; } = AuditEventJson.WriteLine;

    internal int PortInUse => Port != 0 ? Port : (Transport, UseTls) switch
    {
        (SyslogTransport.Relp, _) => 2514,
        (_, true) => 6514,
        _ => 601,
    };

    /// <summary>Everything that is wrong with these options, one sentence each; empty when they are good.</summary>
    public IReadOnlyList<string> GetErrors()
    {
        var errors = new OptionErrors();
        errors.Check(Uri.CheckHostName(Host) != UriHostNameType.Unknown, "Host is no name and no address of a server.");
        errors.Check(Port is >= 0 and <= 65_535, FormattableString.Invariant($"Port ({Port}) is not from 0 to 65535."));
        errors.Check(Enum.IsDefined(Transport), $"Transport ({Transport}) is neither Tcp nor Relp.");
        errors.Check(Facility is >= 0 and <= 23, FormattableString.Invariant($"Facility ({Facility}) is not from 0 to 23."));
        errors.Check(IsName(HostName, 255), "HostName is not 1 to 255 printable ASCII characters without blanks.");
        errors.Check(IsName(AppName, 48), "AppName is not 1 to 48 printable ASCII characters without blanks.");
        errors.CheckTimeout(Timeout);
        errors.Check(WriteMessage is not null, "WriteMessage is null.");
        errors.AddRange(Tls.GetErrors());
        return errors;
    }

    internal SyslogSinkOptions Copy()
    {
        var copy = new SyslogSinkOptions(Tls.Copy())
        {
            Host = Host,
            Port = Port,
            Transport = Transport,
            UseTls = UseTls,
            Facility = Facility,
            HostName = HostName,
            AppName = AppName,
            Timeout = Timeout,
            WriteMessage = WriteMessage,
        };
        return copy;
    }

    /// <summary>The default options.</summary>
    public SyslogSinkOptions()
    {
    }

    private SyslogSinkOptions(TlsOptions tls) => Tls = tls;

    private static bool IsName(string? text, int longest) => text is { Length: > 0 } && text.Length <= longest && text.All(static one => one is > ' ' and <= '~');
}
