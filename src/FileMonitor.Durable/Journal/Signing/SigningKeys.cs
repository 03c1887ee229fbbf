using System.Security.Cryptography;
using System.Text;
using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>
/// The keys that a journal signs with: the host's signer, or files in the journal's directory, of which there are two while the key changes. Owned by
/// the writer.
/// </summary>
internal sealed class SigningKeys : IDisposable
{
    private const int MostKeyBytes = 4096;

    private readonly JournalDirectory _directory;
    private readonly ICheckpointSigner? _signer;
    private ECDsa? _key;
    private ECDsa? _next;

    private SigningKeys(JournalDirectory directory, ICheckpointSigner? signer)
    {
        _directory = directory;
        _signer = signer;
    }

    /// <summary>The key of the checkpoints that are signed now. Null when its file is erased already: the next key is to be taken.</summary>
    public PublicKey? Current { get; private set; }

    /// <summary>The key that a record names, or is about to.</summary>
    public PublicKey? Next { get; private set; }

    /// <summary>Whether a new key can be made: not when it is the host's.</summary>
    public bool CanChange => _signer is null;

    /// <summary>Makes the first key of a journal, and says it to whoever will verify. What an interrupted first attempt left is replaced.</summary>
    public static SigningKeys Create(JournalDirectory directory, ICheckpointSigner? signer)
    {
        var keys = new SigningKeys(directory, signer);
        if (signer is null)
        {
            keys._key = Make(directory, JournalDirectory.KeyName);
        }

        keys.Current = keys.OwnPublicKey();
        directory.Publish(JournalDirectory.FirstKeyName, Encoding.ASCII.GetBytes(keys.Current.ToPem()));
        return keys;
    }

    /// <exception cref="JournalDamagedException">No key is left.</exception>
    public static SigningKeys Open(JournalDirectory directory, ICheckpointSigner? signer)
    {
        var keys = new SigningKeys(directory, signer);
        if (signer is null)
        {
            keys._key = Read(directory, JournalDirectory.KeyName);
            keys._next = Read(directory, JournalDirectory.NextKeyName);
            keys.Next = Public(keys._next);
        }

        if (signer is null && keys._key is null)
        {
            return keys.Next is not null ? keys : throw new JournalDamagedException(directory.Path, $"its key ({JournalDirectory.KeyName}) is missing or is none.");
        }

        keys.Current = keys.OwnPublicKey();
        return keys;
    }

    public CheckpointNote Sign(string origin, long size, byte[] root)
    {
        var text = CheckpointNote.TextOf(origin, size, root);
        var key = Current ?? throw new InvalidOperationException("The key is erased already, and the next one not taken.");
        if (_key is not null)
        {
            return new(origin, size, root, key.Id, _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        CheckpointNote note;
        try
        {
            note = new(origin, size, root, key.Id, _signer!.Sign(text));
        }
        catch (Exception failed)
        {
            // The host's code, which may throw anything; the records do not wait for it.
            throw new IOException($"The signer of the journal failed: {failed.Message}", failed);
        }

        return key.Verifies(note) ? note : throw new IOException("The signer of the journal made a signature that its public key does not verify.");
    }

    /// <summary>Makes the next key, on disk before any record names it.</summary>
    public PublicKey Prepare()
    {
        _next ??= Make(_directory, JournalDirectory.NextKeyName);
        return Next ??= Public(_next)!;
    }

    /// <summary>Erases the key and takes the next in its place; what it has done is not done again after a failure.</summary>
    public void TakeNext()
    {
        if (_next is null)
        {
            return;
        }

        // The new key's file takes the name of the old one, whose bytes are gone by then. A file system that writes elsewhere than over them may keep them.
        if (_directory.Has(JournalDirectory.NextKeyName))
        {
            Overwrite(JournalDirectory.KeyName);
            _directory.Move(JournalDirectory.NextKeyName, JournalDirectory.KeyName);
        }

        _key?.Dispose();
        Current?.Dispose();
        (_key, Current) = (_next, Next);
        (_next, Next) = (null, null);
    }

    /// <summary>Erases a next key that no record names.</summary>
    public void ForgetNext()
    {
        Overwrite(JournalDirectory.NextKeyName);
        _directory.Delete(JournalDirectory.NextKeyName);
        _next?.Dispose();
        Next?.Dispose();
        (_next, Next) = (null, null);
    }

    public void Dispose()
    {
        _key?.Dispose();
        _next?.Dispose();
        Current?.Dispose();
        Next?.Dispose();
    }

    private static ECDsa Make(JournalDirectory directory, string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bytes = key.ExportPkcs8PrivateKey();
        try
        {
            directory.Publish(name, bytes);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static ECDsa? Read(JournalDirectory directory, string name)
    {
        byte[] bytes;
        try
        {
            bytes = directory.ReadAll(name, MostKeyBytes);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(bytes, out _);
            return key;
        }
        catch (CryptographicException)
        {
            // Erased, and the name not yet the next key's.
            key.Dispose();
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static PublicKey? Public(ECDsa? key) => key is null ? null : PublicKey.TryImport(key.ExportSubjectPublicKeyInfo());

    private PublicKey OwnPublicKey() =>
        PublicKey.TryImport(_key is null ? _signer!.PublicKey.Span : _key.ExportSubjectPublicKeyInfo())
        ?? throw new ArgumentException("The public key of the journal's signer is not the SubjectPublicKeyInfo of an ECDSA key on P-256.");

    private void Overwrite(string name)
    {
        if (!_directory.Has(name))
        {
            return;
        }

        using var file = _directory.OpenToWrite(name);
        _directory.Device.Write(file, new byte[RandomAccess.GetLength(file)], 0);
        _directory.Device.Flush(file);
    }
}
