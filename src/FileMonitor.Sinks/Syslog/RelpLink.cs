using System.Buffers;
using System.Globalization;
using System.Text;

namespace FileMonitor.Sinks.Syslog;

/// <summary>
/// RELP, version 0: frames of a number, a command, a length and data, each answered by a frame with the same number. Answers may come in any order. At most <see cref="Window"/> messages wait for one.
/// </summary>
internal sealed class RelpLink(Stream stream) : SyslogLink(stream)
{
    private const int Window = 128;
    private const int LargestNumber = 999_999_999;
    private const int LongestAnswer = 128 * 1024;
    private const string Offer = "relp_version=0\nrelp_software=FileMonitor\ncommands=syslog";

    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(1);

    private readonly HashSet<int> _unanswered = [];
    private readonly BufferedStream _answers = new(stream);
    private readonly byte[] _one = new byte[1];
    private int _number;

    public override bool MayRepeat => true;

    public static async Task<RelpLink> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var link = new RelpLink(stream);
        link.Request("open", Encoding.ASCII.GetBytes(Offer));
        await link.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return link;
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        Request("syslog", message.Span);
        await FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
        if (_unanswered.Count >= Window)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
            while (_unanswered.Count > Window / 2)
            {
                await ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        while (_unanswered.Count > 0)
        {
            await ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(GoodbyeTime);
            Request("close", []);
            await CompleteAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // All messages are acknowledged: a server that does not answer now loses nothing.
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void Request(string command, ReadOnlySpan<byte> data)
    {
        _number = _number == LargestNumber ? 1 : _number + 1;
        _unanswered.Add(_number);
        Write(string.Create(CultureInfo.InvariantCulture, $"{_number} {command} {data.Length}{(data.IsEmpty ? "" : " ")}"));
        Unsent.Write(data);
        Write("\n");
    }

    private async Task ReadAnswerAsync(CancellationToken cancellationToken)
    {
        var number = await ReadNumberAsync(cancellationToken).ConfigureAwait(false);
        var command = await ReadWordAsync(cancellationToken).ConfigureAwait(false);
        var (length, end) = await ReadLengthAsync(cancellationToken).ConfigureAwait(false);
        var data = new byte[length];
        if (end == ' ')
        {
            await _answers.ReadExactlyAsync(data, cancellationToken).ConfigureAwait(false);
            end = await ReadByteAsync(cancellationToken).ConfigureAwait(false);
        }

        if (end != '\n')
        {
            throw new IOException("What it answers is not RELP.");
        }

        if (command == "serverclose")
        {
            throw new IOException("It closes the connection.");
        }

        if (command != "rsp" || !_unanswered.Remove(number))
        {
            throw new IOException("It answers what was not asked.");
        }

        // The answer to a close has no status.
        if (data.Length > 0 && !data.AsSpan().StartsWith("200"u8))
        {
            throw new IOException($"It answers {Encoding.ASCII.GetString(data.AsSpan(0, Math.Min(3, data.Length))).Where(char.IsAsciiDigit).Aggregate("", static (all, one) => all + one)} instead of 200.");
        }
    }

    private async Task<int> ReadNumberAsync(CancellationToken cancellationToken) =>
        int.TryParse(await ReadWordAsync(cancellationToken).ConfigureAwait(false), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new IOException("What it answers is not RELP.");

    /// <returns>The length, and the byte behind it: a blank before data, or the line feed of a frame without data.</returns>
    private async Task<(int Length, int End)> ReadLengthAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            var next = await ReadByteAsync(cancellationToken).ConfigureAwait(false);
            if (next is < '0' or > '9' || (length = (length * 10) + (next - '0')) > LongestAnswer)
            {
                return next is ' ' or '\n' && (next == ' ' || length == 0) ? (length, next) : throw new IOException("What it answers is not RELP.");
            }
        }
    }

    private async Task<string> ReadWordAsync(CancellationToken cancellationToken)
    {
        var word = "";
        for (var next = await ReadByteAsync(cancellationToken).ConfigureAwait(false); next != ' '; next = await ReadByteAsync(cancellationToken).ConfigureAwait(false))
        {
            word += word.Length < 32 && next is > ' ' and <= '~' ? (char)next : throw new IOException("What it answers is not RELP.");
        }

        return word;
    }

    private async Task<int> ReadByteAsync(CancellationToken cancellationToken)
    {
        await _answers.ReadExactlyAsync(_one, cancellationToken).ConfigureAwait(false);
        return _one[0];
    }
}
